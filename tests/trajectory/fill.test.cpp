#include "flashmotion/trajectory/fill.hpp"

#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "tests/support/kind_laws.hpp"

namespace fill_test {

TEST_CASE("filling keeps the laws of a trajectory encoder", "[trajectory][law]") {
  laws::check_trajectory_encoder(flashmotion::Fill());
  laws::check_trajectory_encoder(flashmotion::AnyTrajectoryEncoder(flashmotion::Fill()));
}

TEST_CASE("masks are filled where they are given and boxes where not", "[trajectory][unit]") {
  const auto lit = [](bool masks) {
    return flashmotion::Fill().encode(laws::trajectory_request(masks)).gt(-1.0).any(1).sum().item<std::int64_t>();
  };
  CHECK(lit(true) > 0);
  CHECK(lit(true) < lit(false));
}

}  // namespace fill_test
