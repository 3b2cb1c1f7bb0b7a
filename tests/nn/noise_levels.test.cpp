#include "flashmotion/nn/noise_levels.hpp"

#include "flashmotion/core/rng.hpp"
#include "tests/support/compare.hpp"

namespace noise_levels_test {

using compare::equal_to;
using flashmotion::Grid;
using flashmotion::Rng;
using flashmotion::Tensor;
namespace nn = flashmotion::nn;

constexpr Grid kGrid{4, 2, 3};

TEST_CASE("one level a sample stays one value", "[nn][unit]") {
  const auto levels = nn::noise_levels(torch::tensor({0.2F, 0.7F}), kGrid);
  CHECK_THAT(levels.distinct, equal_to(torch::tensor({0.2F, 0.7F}).view({2, 1})));
  CHECK_FALSE(levels.level_of_frame.defined());
  CHECK(nn::noise_levels(torch::full({2, 4}, 0.3F), kGrid).distinct.sizes() == at::IntArrayRef({2, 1}));
}

TEST_CASE("a given first frame makes two values a sample, by frame and by token", "[nn][unit]") {
  const Tensor frames = torch::tensor({0.0F, 0.2F, 0.2F, 0.2F, 0.0F, 0.7F, 0.7F, 0.7F}).view({2, 4});
  for (const Tensor& sigma : {frames, frames.repeat_interleave(6, 1)}) {
    const auto levels = nn::noise_levels(sigma, kGrid);
    CHECK_THAT(levels.distinct, equal_to(torch::tensor({0.0F, 0.2F, 0.0F, 0.7F}).view({2, 2})));
    CHECK_THAT(levels.level_of_frame, equal_to(torch::tensor({0, 1, 1, 1}, torch::kLong)));
  }
}

TEST_CASE("a level that comes back is not computed again", "[nn][unit]") {
  const auto levels = nn::noise_levels(torch::tensor({0.5F, 0.1F, 0.5F, 0.1F}).view({1, 4}), kGrid);
  CHECK_THAT(levels.distinct, equal_to(torch::tensor({0.5F, 0.1F}).view({1, 2})));
  CHECK_THAT(levels.level_of_frame, equal_to(torch::tensor({0, 1, 0, 1}, torch::kLong)));
}

TEST_CASE("levels that are not on the CPU are not read", "[nn][unit]") {
  const Tensor sigma = torch::zeros({2, 4}, torch::kMeta);  // has no numbers: to read them fails
  const auto levels = nn::noise_levels(sigma, kGrid);
  CHECK(levels.distinct.sizes() == at::IntArrayRef({2, 4}));
  CHECK_FALSE(levels.level_of_frame.defined());
  CHECK(nn::noise_levels(sigma.select(1, 0), kGrid).distinct.sizes() == at::IntArrayRef({2, 1}));
}

TEST_CASE("what depends on the level is looked up by frame", "[nn][unit]") {
  const Tensor table = Rng(1, "table").normal({2, 2, 3, 5});
  const auto parts = nn::by_frame(table, torch::tensor({0, 1, 1, 0}, torch::kLong));
  REQUIRE(parts.size() == 3);
  REQUIRE(parts[1].sizes() == at::IntArrayRef({2, 4, 1, 5}));
  CHECK_THAT(parts[1][1][2][0], equal_to(table[1][1][1]));
  CHECK(nn::by_frame(table.narrow(1, 0, 1), {})[0].sizes() == at::IntArrayRef({2, 1, 1, 5}));
}

}  // namespace noise_levels_test
