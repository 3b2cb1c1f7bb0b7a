#include "flashmotion/trajectory/fill.hpp"

#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "tests/support/kind_laws.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

namespace fill_test {

TEST_CASE("filling keeps the laws of a trajectory encoder", "[trajectory][law]") {
  laws::check_trajectory_encoder(flashmotion::Fill());
  laws::check_trajectory_encoder(flashmotion::AnyTrajectoryEncoder(flashmotion::Fill()));
}

TEST_CASE("masks are filled where they are given and boxes where not", "[trajectory][unit]") {
  // One white object: its box is the upper half of a picture of 4x4 pixels, its mask one pixel.
  flashmotion::TrajectoryRequest request;
  request.boxes = at::tensor({0.0, 0.0, 1.0, 0.5}, at::kFloat).view({1, 1, 1, 4});
  request.valid = at::ones({1, 1}, at::kBool);
  request.colours = at::ones({1, 1, 3});
  request.height = request.width = 4;
  const auto lit = [&] { return flashmotion::Fill().encode(request).gt(-1.0).any(1).sum().item<std::int64_t>(); };
  CHECK(lit() == 8);
  request.masks = at::zeros({1, 1, 1, 4, 4}, at::kBool);
  request.masks[0][0][0][2][1] = true;
  CHECK(lit() == 1);
}

}  // namespace fill_test
