#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "plugins/gaussian_encoder/gaussian_encoder.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/kind_laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <cmath>
#include <string>

namespace gaussian_encoder_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::AnyTrajectoryEncoder;
using flashmotion::ITrajectoryEncoder;
using flashmotion::Tensor;
using flashmotion::TrajectoryRequest;
using gaussian_encoder::Gaussian;

// One white object in 16x16 pixels.
TrajectoryRequest one_box(double x0, double y0, double x1, double y1) {
  TrajectoryRequest request;
  request.boxes = torch::tensor({x0, y0, x1, y1}, torch::kFloat).view({1, 1, 1, 4});
  request.valid = torch::ones({1, 1}, torch::kBool);
  request.colours = torch::ones({1, 1, 3});
  request.height = request.width = 16;
  return request;
}

TEST_CASE("the loaded gaussian encoder keeps its laws", "[plugin][law]") {
  for (const std::string keys : {"", "outline = 0.0\n", "spread = 1.0\n"}) {
    laws::check_trajectory_encoder(AnyTrajectoryEncoder(
        toy_requests::load<ITrajectoryEncoder>("use = \"gaussian\"\n" + keys, toy_requests::context())));
  }
}

TEST_CASE("a blob is brightest at the box's centre and falls off as its spread says", "[plugin][unit]") {
  const Tensor maps = Gaussian({.spread = 0.25, .outline = 0.0}).encode(one_box(0.25, 0.25, 0.75, 0.75));
  const Tensor share = (maps.select(0, 0).select(0, 0).select(0, 0) + 1) / 2;  // [16, 16]
  // The deviation is 2 pixels, the centre lies between pixels 7 and 8.
  const Tensor row = share.select(0, 7);
  CHECK(row.argmax().item<int>() / 2 * 2 >= 6);
  CHECK(share[7][10].item<double>() / share[7][8].item<double>() == Approx(std::exp(-(2.5 * 2.5 - 0.25) / 8)));
  CHECK_THAT(share, close_to(share.flip(0)));
  CHECK_THAT(share, close_to(share.t()));
}

TEST_CASE("the outline is the border of the box, inside it", "[plugin][unit]") {
  const Tensor maps =
      Gaussian({.spread = 0.01, .outline = 1.0}).encode(one_box(4.0 / 16, 4.0 / 16, 12.0 / 16, 12.0 / 16));
  const Tensor bright = maps.select(0, 0).select(0, 0).select(0, 0) > 0.99;
  Tensor want = torch::zeros({16, 16}, torch::kBool);
  want.slice(0, 4, 12).slice(1, 4, 12).fill_(true);
  want.slice(0, 5, 11).slice(1, 5, 11).fill_(false);
  CHECK_THAT(bright, equal_to(want));
}

TEST_CASE("with masks the blob shows in visible pixels only", "[plugin][unit]") {
  TrajectoryRequest request = one_box(0.0, 0.0, 1.0, 1.0);
  request.masks = torch::zeros({1, 1, 1, 16, 16}, torch::kBool);
  request.masks.select(3, 8).fill_(true);
  const Tensor lit = Gaussian({}).encode(request).select(0, 0).select(0, 0).select(0, 0) > -1.0;
  CHECK_THAT(lit, equal_to(request.masks.view({16, 16})));
}

TEST_CASE("a box without extent is a finite dot", "[plugin][unit]") {
  const Tensor maps = Gaussian({}).encode(one_box(0.5, 0.5, 0.5, 0.5));
  CHECK(maps.isfinite().all().item<bool>());
  CHECK(maps.max().item<double>() > -0.5);
}

}  // namespace gaussian_encoder_test
