#include "flashmotion/wan/vae.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/compare.hpp"
#include "tests/wan/tiny_dit.hpp"
#include "tests/wan/tiny_vae.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vae_test {

using compare::close_to;
using flashmotion::Rng;
using flashmotion::Tensor;
using flashmotion::nn::Storage;
using flashmotion::wan::Vae;
using flashmotion::wan::VaeConfig;
using flashmotion::wan::VaeVersion;

constexpr compare::Tolerance kSame{2e-5, 2e-5};  // another order of the same sums

void check_golden(const Tensor& have, std::int64_t count, double sum, double sum_of_abs,
                  const std::vector<double>& first) {
  const Tensor flat = have.flatten().to(torch::kFloat64);
  CHECK(flat.numel() == count);
  CHECK(flat.sum().item<double>() == Approx(sum).margin(1e-3));
  CHECK(flat.abs().sum().item<double>() == Approx(sum_of_abs).margin(1e-3));
  CHECK_THAT(flat.slice(0, 0, 8), close_to(torch::tensor(first, torch::kFloat64), {2e-5, 0}));
}

TEST_CASE("golden G5: the autoencoder of Wan 2.1", "[wan][golden]") {
  const Vae vae(tiny_vae::config(VaeVersion::wan21), Storage::owned);
  tiny_dit::fill_(vae.named_tensors());
  const Tensor latent = vae.encode_raw(tiny_dit::seq({1, 3, 5, 16, 16}, .031, .1)).mean;
  check_golden(latent, 32, 1.237435, 1.649822,
               {-.027275, -.022439, -.012784, -.009272, -.029674, -.033780, -.036403, -.034565});
  check_golden(vae.decode_raw(latent, {.clamp = false}), 3840, -337.748776, 5041.668560,
               {-.073320, -.336207, -.536394, -.600854, -.642901, -.669744, -.698570, -.725468});
}

TEST_CASE("golden G6: the autoencoder of Wan 2.2", "[wan][golden]") {
  const Vae vae(tiny_vae::config(VaeVersion::wan22), Storage::owned);
  tiny_dit::fill_(vae.named_tensors());
  const Tensor latent = vae.encode_raw(tiny_dit::seq({1, 3, 5, 32, 32}, .031, .1)).mean;
  check_golden(latent, 32, 1.012201, 1.510785,
               {-.024898, -.020656, -.012496, -.009682, -.093203, -.071721, -.011615, .018874});
  check_golden(vae.decode_raw(latent, {.clamp = false}), 15360, 288.614953, 5418.908926,
               {-.235028, .078683, -.205977, .039088, -.120448, -.002148, -.067578, -.033031});
}

TEST_CASE("a clip in chunks gives what the whole clip gives", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t side = 2 * vae.config().spatial_factor();
  for (const std::int64_t frames : {1, 5, 9, 17}) {
    const Tensor video = Rng(1, "video").uniform({2, 3, frames, side, side + vae.config().spatial_factor()}) * 2 - 1;
    const auto whole = vae.encode_raw(video, {.latent_frames = 0});
    REQUIRE(whole.mean.size(2) == 1 + (frames - 1) / 4);
    const Tensor pixels = vae.decode_raw(whole.mean, {.latent_frames = 0});
    REQUIRE(pixels.sizes() == video.sizes());
    for (const std::int64_t chunk : {1, 2, 3}) {
      INFO(frames << " frames, " << chunk << " latent frames at a time");
      const auto streamed = vae.encode_raw(video, {.latent_frames = chunk});
      CHECK_THAT(streamed.mean, close_to(whole.mean, kSame));
      CHECK_THAT(streamed.logvar, close_to(whole.logvar, kSame));
      CHECK_THAT(vae.decode_raw(whole.mean, {.latent_frames = chunk}), close_to(pixels, kSame));
    }
  }
}

TEST_CASE("a stream gives the frames of each latent frame as it comes", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  auto config = tiny_vae::config(version);
  config.latents_mean = {0.1, -0.2, 0.3, 0.0};
  config.latents_std = {1.5, 0.5, 1.0, 2.0};
  const Vae vae = tiny_vae::shaken(config);
  const Tensor latent = Rng(2, "latent").normal({1, 4, 4, 2, 3});
  const Tensor whole = vae.decode(latent);
  auto stream = vae.decode_stream();
  CHECK_THAT(stream.push(latent.narrow(2, 0, 1)), close_to(whole.narrow(2, 0, 1), kSame));
  CHECK_THAT(stream.push(latent.narrow(2, 1, 1)), close_to(whole.narrow(2, 1, 4), kSame));
  CHECK_THAT(stream.push(latent.narrow(2, 2, 2)), close_to(whole.narrow(2, 5, 8), kSame));
}

TEST_CASE("frames that fill no group are left out, and frame 0 stands alone", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t side = vae.config().spatial_factor();
  const Tensor video = Rng(3, "video").uniform({1, 3, 9, side, side}) * 2 - 1;
  const Tensor all = vae.encode(video);
  for (const std::int64_t frames : {5, 6, 7, 8}) {
    CHECK_THAT(vae.encode(video.narrow(2, 0, frames)), close_to(all.narrow(2, 0, 2), kSame));
  }
  CHECK_THAT(vae.encode(video.narrow(2, 0, 1)), close_to(all.narrow(2, 0, 1), kSame));
}

TEST_CASE("each clip of a batch is coded alone", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t side = vae.config().spatial_factor();
  const Tensor video = Rng(4, "video").uniform({2, 3, 5, side, 2 * side}) * 2 - 1;
  const Tensor latent = vae.encode(video);
  const Tensor pixels = vae.decode(latent);
  CHECK_THAT(vae.encode(video.narrow(0, 1, 1)), close_to(latent.narrow(0, 1, 1), kSame));
  CHECK_THAT(vae.decode(latent.narrow(0, 1, 1)), close_to(pixels.narrow(0, 1, 1), kSame));
}

TEST_CASE("gradients reach what goes in, and the way with a graph gives the same numbers", "[wan][law]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const std::int64_t chunk = GENERATE(0, 1);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t side = vae.config().spatial_factor();
  const Tensor video = Rng(5, "video").uniform({1, 3, 5, side, side}) * 2 - 1;
  const Tensor direction = Rng(5, "direction").normal(video.sizes());
  const auto loss_of = [&](const Tensor& x) {
    return vae.decode_raw(vae.encode_raw(x, {.latent_frames = chunk}).mean, {.latent_frames = chunk}).square().mean();
  };
  Tensor tracked = video.clone().requires_grad_();
  const Tensor loss = loss_of(tracked);
  CHECK_THAT(loss.detach(), close_to(loss_of(video), {1e-6, 1e-5}));
  loss.backward();
  REQUIRE(tracked.grad().defined());
  for (const auto& tensor : vae.named_tensors()) REQUIRE_FALSE(tensor.tensor.grad().defined());

  // Against the difference quotient, in double precision.
  const Vae wide = vae;
  for (auto& tensor : wide.named_tensors()) tensor.tensor.set_data(tensor.tensor.to(torch::kFloat64));
  const double h = 1e-5;
  const Tensor x = video.to(torch::kFloat64), d = direction.to(torch::kFloat64);
  const double slope = (loss_of(x + h * d) - loss_of(x - h * d)).item<double>() / (2 * h);
  CHECK((tracked.grad() * direction).sum().item<double>() == Approx(slope).epsilon(1e-3).margin(1e-6));
}

TEST_CASE("half weights give float32 results near those of float32 weights", "[wan][unit]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const Vae vae = tiny_vae::shaken(tiny_vae::config(version));
  const std::int64_t side = vae.config().spatial_factor();
  const Tensor video = Rng(6, "video").uniform({1, 3, 5, side, side}) * 2 - 1;
  const Tensor latent = vae.encode(video), pixels = vae.decode(latent);
  for (auto& tensor : vae.named_tensors()) tensor.tensor.set_data(tensor.tensor.to(torch::kBFloat16));
  CHECK_THAT(vae.encode(video), close_to(latent, {3e-2, 3e-2}));
  CHECK_THAT(vae.decode(latent), close_to(pixels, {5e-2, 3e-2}));
}

std::int64_t count_of(const flashmotion::NamedTensors& tensors, const std::string& prefix) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) count += tensor.numel();
  }
  return count;
}

TEST_CASE("counts, names and shapes of the released autoencoders", "[wan][unit]") {
  const Vae old(flashmotion::wan::vae21(), Storage::deferred), recent(flashmotion::wan::vae22(), Storage::deferred);
  const auto tensors21 = old.named_tensors(), tensors22 = recent.named_tensors();
  CHECK(tensors21.size() == 194);
  CHECK(count_of(tensors21, "") == 126'892'531);
  CHECK(count_of(tensors21, "encoder.") == 53'595'872);
  CHECK(count_of(tensors21, "decoder.") == 73'295'331);
  CHECK(tensors22.size() == 196);
  CHECK(count_of(tensors22, "") == 704'688'668);
  CHECK(count_of(tensors22, "encoder.") == 149'627'776);
  CHECK(count_of(tensors22, "decoder.") == 555'049'228);

  using Shapes = std::map<std::string, std::vector<std::int64_t>>;
  const auto check_shapes = [](const flashmotion::NamedTensors& tensors, const Shapes& shapes) {
    for (const auto& [name, shape] : shapes) {
      INFO(name);
      const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
      REQUIRE(found != tensors.end());
      CHECK(found->tensor.sizes().vec() == shape);
    }
  };
  check_shapes(tensors21, {{"conv1.weight", {32, 32, 1, 1, 1}},
                           {"conv2.bias", {16}},
                           {"encoder.conv1.weight", {96, 3, 3, 3, 3}},
                           {"encoder.downsamples.2.resample.1.weight", {96, 96, 3, 3}},
                           {"encoder.downsamples.3.shortcut.weight", {192, 96, 1, 1, 1}},
                           {"encoder.downsamples.5.time_conv.weight", {192, 192, 3, 1, 1}},
                           {"encoder.downsamples.10.residual.6.bias", {384}},
                           {"encoder.middle.1.to_qkv.weight", {1152, 384, 1, 1}},
                           {"encoder.head.2.weight", {32, 384, 3, 3, 3}},
                           {"decoder.upsamples.3.time_conv.weight", {768, 384, 3, 1, 1}},
                           {"decoder.upsamples.3.resample.1.weight", {192, 384, 3, 3}},
                           {"decoder.upsamples.4.residual.0.gamma", {192, 1, 1, 1}},
                           {"decoder.upsamples.11.resample.1.bias", {96}},
                           {"decoder.head.0.gamma", {96, 1, 1, 1}}});
  check_shapes(tensors22, {{"conv1.weight", {96, 96, 1, 1, 1}},
                           {"encoder.conv1.weight", {160, 12, 3, 3, 3}},
                           {"encoder.downsamples.1.downsamples.2.time_conv.weight", {320, 320, 3, 1, 1}},
                           {"encoder.downsamples.3.downsamples.1.residual.3.gamma", {640, 1, 1, 1}},
                           {"encoder.middle.1.norm.gamma", {640, 1, 1}},
                           {"decoder.conv1.weight", {1024, 48, 3, 3, 3}},
                           {"decoder.middle.1.proj.bias", {1024}},
                           {"decoder.upsamples.0.upsamples.3.time_conv.weight", {2048, 1024, 3, 1, 1}},
                           {"decoder.upsamples.2.upsamples.0.shortcut.weight", {512, 1024, 1, 1, 1}},
                           {"decoder.upsamples.2.upsamples.3.resample.1.weight", {512, 512, 3, 3}},
                           {"decoder.head.2.weight", {12, 256, 3, 3, 3}}});
}

TEST_CASE("the released statistics normalise each channel", "[wan][unit]") {
  const Vae vae(flashmotion::wan::vae21(), Storage::deferred);
  const Tensor mean = torch::tensor({-0.7571, -0.7089, -0.9113}), std = torch::tensor({2.8184, 1.4541, 2.3275});
  const Tensor latent = torch::ones({1, 16, 1, 1, 1});
  CHECK_THAT(vae.normalise(latent).flatten().slice(0, 0, 3), close_to((1 - mean) / std));
  CHECK_THAT(vae.denormalise(vae.normalise(latent)), close_to(latent));
  CHECK(Vae(flashmotion::wan::vae22(), Storage::deferred).normalise(torch::zeros({1, 48, 1, 1, 1})).sizes()[1] == 48);
}

TEST_CASE("the seed decides the weights of the autoencoder", "[wan][unit]") {
  const auto config = tiny_vae::config(VaeVersion::wan22);
  const Tensor latent = Rng(7, "latent").normal({1, 4, 1, 1, 1});
  CHECK_THAT(Vae(config, 3).decode(latent), compare::equal_to(Vae(config, 3).decode(latent)));
  CHECK_FALSE(Vae(config, 4).decode(latent).equal(Vae(config, 3).decode(latent)));
}

TEST_CASE("what does not fit the autoencoder is told", "[wan][message]") {
  const Vae vae(tiny_vae::config(VaeVersion::wan22), Storage::owned);
  CHECK_THROWS_WITH(vae.encode(torch::zeros({1, 3, 1, 40, 32})),
                    "height 40 of the clip is no multiple of the autoencoder's 16 pixels; use 48");
  CHECK_THROWS_WITH(vae.encode(torch::zeros({3, 1, 32, 32})),
                    "clip for the autoencoder is [3, 1, 32, 32]; give [B, 3, F, H, W]");
  CHECK_THROWS_WITH(vae.decode(torch::zeros({1, 5, 1, 2, 2})),
                    "latent for the autoencoder is [1, 5, 1, 2, 2]; give [B, 4, T, h, w]");
  auto config = tiny_vae::config(VaeVersion::wan22);
  config.dim_mult = {1, 2, 6, 6};
  CHECK_THROWS_WITH(Vae(config, 1), "'dim_mult' goes from 2 to 6; Wan 2.2 takes the same or the double");
  config = tiny_vae::config(VaeVersion::wan21);
  config.temporal_downsample = {true};
  CHECK_THROWS_WITH(Vae(config, 1), "'temporal_downsample' has 1 entries; give one less than the 4 of 'dim_mult'");
  config = tiny_vae::config(VaeVersion::wan21);
  config.latents_std = {1, 2};
  CHECK_THROWS_WITH(Vae(config, 1),
                    "'latents_std' has 2 entries; give one for each of the 4 channels of the latent, or none");
}

}  // namespace vae_test
