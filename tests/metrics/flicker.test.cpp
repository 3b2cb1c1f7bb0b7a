#include "flashmotion/metrics/flicker.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace flicker_test {

using flashmotion::flicker;
using flashmotion::flicker_ratio;

// A clip of even frames of the given brightness in [-1, 1].
torch::Tensor even(const std::vector<float>& levels) {
  const auto frames = torch::tensor(levels).view({1, 1, static_cast<std::int64_t>(levels.size()), 1, 1});
  return frames.expand({1, 3, -1, 2, 4});
}

TEST_CASE("stills and fades do not flicker", "[metrics][unit]") {
  CHECK(flicker(even({0.5F, 0.5F, 0.5F})).item<double>() == 0);
  CHECK(flicker(even({-1, -0.5F, 0, 0.5F, 1})).item<double>() == 0);
}

TEST_CASE("brightness that goes up and down counts four times its swing", "[metrics][unit]") {
  // RGB in [0, 1] swings by 0.1 about 0.5; each second difference is 0.4.
  const auto value = flicker(even({0.2F, -0.2F, 0.2F, -0.2F, 0.2F}));
  CHECK(value.scalar_type() == torch::kDouble);
  CHECK(value.item<double>() == Approx(0.4));
  // Second differences of 0, 0, 0.5, 0, 0: 0.5, 1, 0.5.
  CHECK(flicker(even({0, 0, 1, 0, 0})).item<double>() == Approx(2.0 / 3));
}

TEST_CASE("the ratio is that of the clip to its real one", "[metrics][unit]") {
  const auto real = even({0, 0.2F, 0}), strong = even({0, 0.6F, 0});
  const auto ratio = flicker_ratio(torch::cat({real, strong}), torch::cat({real, real}));
  CHECK(ratio[0].item<double>() == Approx(1));
  CHECK(ratio[1].item<double>() == Approx(3));
  CHECK(flicker_ratio(strong, torch::zeros_like(strong)).isfinite().all().item<bool>());
}

TEST_CASE("clips of two frames or of another shape have no flicker", "[metrics][message]") {
  CHECK_THROWS_WITH(flicker(even({0, 1})), Catch::Contains("F above 2"));
  CHECK_THROWS_AS(flicker_ratio(even({0, 1, 0}), even({0, 1, 0, 1})), flashmotion::ShapeError);
}

}  // namespace flicker_test
