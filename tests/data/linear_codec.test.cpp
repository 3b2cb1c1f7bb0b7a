#include "flashmotion/data/linear_codec.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace linear_codec_test {

using flashmotion::LinearCodec;
static_assert(flashmotion::Configurable<LinearCodec>);
using flashmotion::LinearCodecConfig;
using flashmotion::Rng;
using flashmotion::ToyMotion;

torch::Tensor clips(std::int64_t count, std::uint64_t seed) {
  Rng rng(seed, "clips");
  return ToyMotion().draw({.count = count}, rng).video;
}

TEST_CASE("unseen toy clips come back at 33 dB and better", "[data][unit]") {
  const auto codec = LinearCodec::fit(clips(192, 1));
  const auto unseen = clips(48, 2);
  const auto latent = codec.encode(unseen);
  CHECK(latent.sizes() == at::IntArrayRef({48, 48, 3, 8, 8}));
  const auto error = (codec.decode(latent) - unseen).square().mean().item<double>();
  const auto psnr = 10 * std::log10(4 / error);
  CAPTURE(psnr);
  CHECK(psnr > 33);
  CHECK(latent.square().mean().sqrt().item<double>() == Approx(1).margin(0.1));
}

TEST_CASE("with as many channels as numbers the codec is exact", "[data][unit]") {
  const auto video = clips(16, 1).slice(2, 0, 3);
  const auto codec = LinearCodec::fit(video, {.patch = 2, .channels = 12, .group = 1});
  CHECK((codec.decode(codec.encode(video)) - video).abs().max().item<float>() < 1e-4F);
}

TEST_CASE("the first latent frame depends on the first frame alone", "[data][unit]") {
  const auto video = clips(32, 1);
  const auto codec = LinearCodec::fit(video);
  auto changed = video.clone();
  changed.slice(2, 1).neg_();
  const auto before = codec.encode(video), after = codec.encode(changed);
  CHECK(before.slice(2, 0, 1).equal(after.slice(2, 0, 1)));
  CHECK_FALSE(before.slice(2, 1).equal(after.slice(2, 1)));
  CHECK((codec.encode(video.slice(2, 0, 1)) - before.slice(2, 0, 1)).abs().max().item<float>() < 1e-5F);
  CHECK(codec.decode(before.slice(2, 0, 1)).size(2) == 1);
}

TEST_CASE("a refit gives the same bases, with the largest entry positive", "[data][unit]") {
  const auto one = LinearCodec::fit(clips(32, 1)).named_tensors();
  const auto two = LinearCodec::fit(clips(32, 1)).named_tensors();
  REQUIRE(one.size() == 6);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].name == two[i].name);
    CHECK(one[i].tensor.equal(two[i].tensor));
  }
  for (const auto& [name, tensor] : one) {
    if (!name.ends_with("components")) continue;
    CHECK((tensor.amax(0) >= -tensor.amin(0)).all().item<bool>());
    const auto gram = torch::matmul(tensor.t(), tensor) - torch::eye(tensor.size(1));
    CHECK(gram.abs().max().item<float>() < 1e-4F);
  }
}

TEST_CASE("a codec made from its tensors is the same codec", "[data][unit]") {
  const auto video = clips(32, 1);
  const auto codec = LinearCodec::fit(video);
  const LinearCodec copy(codec.named_tensors());
  CHECK(copy.patch() == 4);
  CHECK(copy.group() == 4);
  CHECK(copy.channels() == 48);
  CHECK(copy.encode(video).equal(codec.encode(video)));
  CHECK(copy.latent_shape({9, 32, 32, 3}) == std::array<std::int64_t, 4>{48, 3, 8, 8});
  auto tensors = codec.named_tensors();
  tensors.pop_back();
  CHECK_THROWS_WITH(LinearCodec(tensors), Catch::Contains("'rest.scale' of the codec is missing"));
}

TEST_CASE("gradients flow through encode and decode", "[data][unit]") {
  const auto codec = LinearCodec::fit(clips(32, 1));
  const auto video = clips(1, 2).requires_grad_();
  codec.encode(video).sum().backward();
  CHECK(video.grad().abs().sum().item<float>() > 0);
  const auto latent = torch::zeros({1, 48, 3, 8, 8}).requires_grad_();
  codec.decode(latent).square().sum().backward();
  CHECK(latent.grad().abs().sum().item<float>() > 0);
}

TEST_CASE("clips that do not fit are refused with the nearest legal values", "[data][message]") {
  const auto codec = LinearCodec::fit(clips(32, 1));
  CHECK_THROWS_WITH(codec.encode(torch::zeros({1, 3, 8, 32, 32})), Catch::Contains("use 5 or 9"));
  CHECK_THROWS_WITH(codec.encode(torch::zeros({1, 3, 9, 30, 32})), Catch::Contains("use 28 or 32"));
  CHECK_THROWS_AS(codec.decode(torch::zeros({1, 47, 3, 8, 8})), flashmotion::ShapeError);
  CHECK_THROWS_WITH(LinearCodec::fit(clips(32, 1), {.channels = 49}), Catch::Contains("allows 1 to 48"));
}

}  // namespace linear_codec_test
