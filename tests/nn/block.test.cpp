#include "flashmotion/nn/block.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/nn/conv.hpp"
#include "flashmotion/nn/initialise.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/taps.hpp"
#include "flashmotion/nn/video_transformer.hpp"
#include "tests/support/compare.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace block_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Rng;
namespace nn = flashmotion::nn;

TEST_CASE("the RMS norm runs over the whole width", "[nn][unit]") {
  nn::RmsNorm norm(4, 1e-6);
  norm->weight.data().copy_(torch::tensor({1.0F, 2.0F, 3.0F, 4.0F}));
  const auto x = torch::tensor({3.0F, -1.0F, 1.0F, 5.0F}).view({1, 4});  // mean square 9
  CHECK_THAT(norm(x), close_to(torch::tensor({1.0F, -2.0F / 3, 1.0F, 20.0F / 3}).view({1, 4})));
}

TEST_CASE("the modulated norm scales by one more than the scale", "[nn][unit]") {
  const auto x = Rng(1, "x").normal({2, 3, 4, 6});
  const auto shift = Rng(1, "shift").normal({2, 3, 1, 6});
  const auto scale = Rng(1, "scale").normal({2, 3, 1, 6});
  const auto centred = x - x.mean(-1, true);
  const auto normal = centred / (centred.square().mean(-1, true) + 1e-6).sqrt();
  CHECK_THAT(nn::modulated_norm(x, shift, scale, 1e-6), close_to(normal * (1 + scale) + shift));
}

TEST_CASE("a patch embedding is the convolution that its weight says", "[nn][unit]") {
  nn::PatchEmbedding embedding(3, 5, std::array<std::int64_t, 3>{1, 2, 2});
  nn::fan_in_initialise(*embedding, 1);
  embedding->bias.data().copy_(Rng(1, "bias").normal({5}));
  const auto x = Rng(1, "x").normal({2, 3, 2, 4, 6});
  const auto want =
      torch::conv3d(x, embedding->weight, embedding->bias, {1, 2, 2}).flatten(2).transpose(1, 2).contiguous();
  CHECK_THAT(embedding(x), close_to(want));
}

TEST_CASE("a convolution keeps the extent and halves it at stride 2", "[nn][unit]") {
  nn::Conv2d keep(3, 5, 3);
  nn::Conv2d halve(3, 5, 3, 2);
  const auto x = Rng(1, "x").normal({2, 3, 7, 8});
  CHECK(keep(x).sizes() == at::IntArrayRef({2, 5, 7, 8}));
  CHECK(halve(x).sizes() == at::IntArrayRef({2, 5, 4, 4}));
  CHECK_THAT(keep(x), equal_to(torch::zeros({2, 5, 7, 8})));
}

TEST_CASE("initialisers depend on seed and name, not on what was drawn before", "[nn][unit]") {
  nn::Linear one(64, 32);
  nn::Linear two(64, 32);
  nn::fan_in_initialise(*one, 7);
  (void)torch::randn({3});
  nn::fan_in_initialise(*two, 7);
  CHECK_THAT(two->weight, equal_to(one->weight));
  CHECK_THAT(two->bias, equal_to(torch::zeros({32})));
  CHECK(one->weight.abs().max().item<double>() <= 1.0 / 8);
  CHECK(one->weight.std().item<double>() == Approx(1.0 / 8 / std::sqrt(3)).epsilon(0.05));
  nn::fan_in_initialise(*two, 8);
  CHECK_FALSE(two->weight.equal(one->weight));
  nn::xavier_initialise(*one, 7);
  CHECK(one->weight.abs().max().item<double>() == Approx(std::sqrt(6.0 / 96)).epsilon(0.01));
  nn::zero_initialise(*one);
  CHECK_THAT(one->weight, equal_to(torch::zeros({32, 64})));
}

TEST_CASE("norms start at one and parameters are listed in order", "[nn][unit]") {
  nn::LayerNorm norm(4, 1e-6);
  nn::zero_initialise(*norm);
  nn::xavier_initialise(*norm, 1);
  const auto tensors = nn::named_tensors(*norm);
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "weight");
  CHECK_THAT(tensors[0].tensor, equal_to(torch::ones({4})));
  CHECK(tensors[1].name == "bias");
  CHECK_THAT(tensors[1].tensor, equal_to(torch::zeros({4})));
}

TEST_CASE("a block with closed gates and no cross-attention passes its input on", "[nn][unit]") {
  nn::Block block(12, 2, 20, 1e-6);  // all weights zero: attention and feed-forward give zero
  nn::BlockInput input;
  input.modulation = Rng(1, "modulation").normal({2, 3, 6, 12});
  input.text = Rng(1, "text").normal({2, 4, 12});
  input.frames = 3;
  const auto x = Rng(1, "x").normal({2, 6, 12});
  CHECK_THAT(block(x, input), equal_to(x));
}

TEST_CASE("taps come from the recipe or are the ends of the thirds", "[nn][unit]") {
  using Taps = std::vector<std::int64_t>;
  CHECK(nn::resolve_taps({0, 1, 3}, 4) == Taps{0, 1, 3});
  CHECK(nn::resolve_taps({}, 30) == Taps{9, 19, 29});
  CHECK(nn::resolve_taps({}, 4) == Taps{0, 1, 3});
  CHECK(nn::resolve_taps({}, 1) == Taps{0});
}

TEST_CASE("taps that do not exist or do not rise are told", "[nn][message]") {
  CHECK_THROWS_WITH(nn::resolve_taps({0, 4}, 4),
                    "'taps' names block 4, but the generator has blocks 0 to 3; name one of those");
  CHECK_THROWS_WITH(nn::resolve_taps({2, 1}, 4), "'taps' names block 1 after block 2; name them in rising order");
  CHECK_THROWS_AS(nn::resolve_taps({-1}, 4), flashmotion::InputError);
}

}  // namespace block_test
