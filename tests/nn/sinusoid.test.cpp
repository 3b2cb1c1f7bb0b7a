#include "flashmotion/nn/sinusoid.hpp"

#include "tests/support/compare.hpp"

namespace sinusoid_test {

using compare::close_to;
using flashmotion::nn::position_features;
using flashmotion::nn::sinusoid;

TEST_CASE("the time embedding of 624 at width 8 is that of the Wan code", "[nn][golden]") {
  const auto want =
      torch::tensor({-0.383754, 0.908192, 0.999068, 0.811548, 0.923435, -0.418554, -0.043172, 0.584286}, torch::kFloat);
  CHECK_THAT(sinusoid(torch::full({}, 624.0), 8), close_to(want, {1e-6, 0}));
}

TEST_CASE("a sinusoid keeps the shape of its argument in front", "[nn][unit]") {
  CHECK(sinusoid(torch::zeros({2, 3}), 16).sizes() == at::IntArrayRef({2, 3, 16}));
}

TEST_CASE("each place of a grid has features of its own, frames outermost", "[nn][unit]") {
  const flashmotion::Grid grid{3, 4, 5};
  const auto features = position_features(grid, 8);
  REQUIRE(features.sizes() == at::IntArrayRef({60, 24}));
  const auto distance = torch::cdist(features, features) + torch::eye(60) * 100;
  CHECK(distance.min().item<double>() > 0.1);
  const auto token = (2 * 4 + 1) * 5 + 3;
  CHECK_THAT(features[token].slice(0, 0, 8), close_to(sinusoid(torch::full({}, 2.0), 8, 100.0)));
  CHECK_THAT(features[token].slice(0, 8, 16), close_to(sinusoid(torch::full({}, 1.0), 8, 100.0)));
  CHECK_THAT(features[token].slice(0, 16, 24), close_to(sinusoid(torch::full({}, 3.0), 8, 100.0)));
}

}  // namespace sinusoid_test
