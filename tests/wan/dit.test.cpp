#include "flashmotion/wan/dit.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/laws.hpp"
#include "tests/wan/tiny_dit.hpp"

#include <vector>

namespace dit_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::DenoiseRequest;
using flashmotion::Rng;
using flashmotion::Tensor;
using flashmotion::wan::DitGenerator;

DitGenerator golden_dit() {
  DitGenerator dit(tiny_dit::config(), 1);
  tiny_dit::fill_(dit.named_tensors());
  return dit;
}

DenoiseRequest golden_request(const Tensor& sigma) {
  DenoiseRequest request;
  request.latent = tiny_dit::latent();
  request.sigma = sigma;
  request.text.tokens = tiny_dit::text();
  return request;
}

void check_golden(const Tensor& prediction, double sum, double sum_of_abs, const std::vector<double>& first,
                  const std::vector<double>& last) {
  const Tensor flat = prediction.flatten().to(torch::kFloat64);
  CHECK(flat.sum().item<double>() == Approx(sum).margin(1e-3));
  CHECK(flat.abs().sum().item<double>() == Approx(sum_of_abs).margin(1e-3));
  CHECK_THAT(flat.slice(0, 0, 8), close_to(torch::tensor(first, torch::kFloat64), {2e-5, 0}));
  CHECK_THAT(flat.slice(0, flat.numel() - 4), close_to(torch::tensor(last, torch::kFloat64), {2e-5, 0}));
}

TEST_CASE("golden G1: clean first frame, timestep 624 on the others", "[wan][golden]") {
  auto dit = golden_dit();
  const Tensor sigma = torch::tensor({0.0F, 0.624F, 0.624F}).unsqueeze(0);
  check_golden(dit.denoise(golden_request(sigma)).prediction, 16.198665, 205.641433,
               {-.616818, -.373434, -.546869, -.431319, -.462157, -.497205, 1.149583, -.931966},
               {-.803036, 1.001080, -.672211, .999778});
}

TEST_CASE("golden G1b: timestep 624 everywhere", "[wan][golden]") {
  auto dit = golden_dit();
  check_golden(dit.denoise(golden_request(torch::tensor({0.624F}))).prediction, 16.450598, 205.481085,
               {-.576352, -.396261, -.503889, -.456253, -.416727, -.523872, 1.135207, -.892708},
               {-.803035, 1.001080, -.672211, .999779});
}

TEST_CASE("golden G1c: a timestep for each token", "[wan][golden]") {
  auto dit = golden_dit();
  const Tensor sigma = torch::cat({torch::zeros({1, 6}), torch::full({1, 12}, 0.624F)}, 1);
  check_golden(dit.denoise(golden_request(sigma)).prediction, 16.198665, 205.641433,
               {-.616818, -.373434, -.546869, -.431319, -.462157, -.497205, 1.149583, -.931966},
               {-.803036, 1.001080, -.672211, .999778});
}

DenoiseRequest image_request() {
  auto request = golden_request(torch::tensor({0.624F}));
  request.image.channels = tiny_dit::seq({1, 5, 3, 4, 6}, 0.09, 1.1);
  request.image.tokens = tiny_dit::seq({1, 257, 1280}, 0.013, 0.2);
  return request;
}

DitGenerator image_dit() {
  auto config = tiny_dit::config();
  config.condition_channels = 5;
  config.image_width = 1280;
  DitGenerator dit(config, 1);
  tiny_dit::fill_(dit.named_tensors());
  return dit;
}

TEST_CASE("golden G3: a condition on the channels and image tokens", "[wan][golden]") {
  auto dit = image_dit();
  check_golden(dit.denoise(image_request()).prediction, 5.344697, 75.582508,
               {.225287, -.312029, .193676, -.279418, .169840, -.253542, .210519, .008473},
               {-.252990, .379436, -.242734, .371407});
}

TEST_CASE("a request that does not fit the generator is told", "[wan][message]") {
  auto dit = image_dit();
  auto request = image_request();
  request.image.channels = Tensor();
  CHECK_THROWS_WITH(dit.denoise(request),
                    "the generator takes a condition of 5 channels, and got none; give the picture in that form, or "
                    "use a generator that does not need one");
  request = image_request();
  request.image.tokens = request.image.tokens.narrow(2, 0, 8);
  CHECK_THROWS_WITH(dit.denoise(request),
                    "the generator takes image tokens of 1280 features, and got 8; give the picture in that form, or "
                    "use a generator that does not need one");
  request = image_request();
  request.latent = request.latent.narrow(4, 0, 5);
  CHECK_THROWS_WITH(dit.denoise(request),
                    "the latent has shape [1, 4, 3, 4, 5], but the generator takes [B, 4, T, H, W] with T, H and W in "
                    "multiples of 1, 2 and 2; choose other extents of the clip or another codec");
  request = image_request();
  request.sigma = torch::zeros({1, 5});
  CHECK_THROWS_WITH(dit.denoise(request),
                    "the noise levels have shape [1, 5], but there are 3 frames of 6 tokens; give one level for each "
                    "sample [B], frame [B, 3] or token [B, 18]");
  request.sigma = torch::arange(18).unsqueeze(0) / 20.0;
  CHECK_THROWS_WITH(dit.denoise(request),
                    "the noise levels of tokens differ within a frame; the transformer modulates whole frames, so give "
                    "the tokens of a frame one level");
}

TEST_CASE("one level for all frames is that level on each", "[wan][unit]") {
  auto dit = golden_dit();
  const Tensor once = dit.denoise(golden_request(torch::tensor({0.3F}))).prediction;
  CHECK_THAT(dit.denoise(golden_request(torch::full({1, 3}, 0.3F))).prediction, close_to(once));
}

TEST_CASE("the toy configuration keeps the laws of a generator", "[wan][law]") {
  auto config = tiny_dit::config();
  config.patch = {1, 1, 1};
  config.parameterisation = flashmotion::wan::Parameterisation::clean;
  DitGenerator dit(config, 3);
  DenoiseRequest request;
  request.latent = Rng(1, "latent").normal({2, 4, 3, 4, 4});
  request.sigma = torch::tensor({0.3F, 0.8F});
  request.text.tokens = Rng(1, "text").normal({2, 5, 10});
  laws::check_generator(dit, request);
}

TEST_CASE("the released layout keeps the laws of a generator", "[wan][law]") {
  DitGenerator dit(tiny_dit::config(), 3);
  laws::check_generator(dit, golden_request(torch::tensor({0.0F, 0.5F, 0.5F}).unsqueeze(0)));
}

TEST_CASE("with the clean parameterisation the velocity points away from the output", "[wan][unit]") {
  auto config = tiny_dit::config();
  auto velocity = golden_dit();
  config.parameterisation = flashmotion::wan::Parameterisation::clean;
  config.sigma_floor = 0.2;
  DitGenerator clean(config, 1);
  tiny_dit::fill_(clean.named_tensors());
  const auto request = golden_request(torch::tensor({0.0F, 0.1F, 0.5F}).unsqueeze(0));
  const Tensor output = velocity.denoise(request).prediction;
  const Tensor divisor = torch::tensor({0.2F, 0.2F, 0.5F}).view({1, 1, 3, 1, 1});
  CHECK_THAT(clean.denoise(request).prediction, close_to((request.latent - output) / divisor));
}

TEST_CASE("edits act where they say", "[wan][unit]") {
  auto dit = golden_dit();
  auto request = golden_request(torch::tensor({0.4F}));
  const std::vector<std::int64_t> taps{0, 1};
  request.taps = taps;
  const auto plain = dit.denoise(request);
  const Tensor added = Rng(1, "added").normal({1, 18, 24});
  flashmotion::SiteEdits edits;
  edits.add = {{{flashmotion::SiteKind::after_block, 0}, added}, {{flashmotion::SiteKind::after_block, 0}, added}};
  request.edits = &edits;
  const auto edited = dit.denoise(request);
  CHECK_THAT(edited.taps[0], close_to(plain.taps[0] + 2 * added));
  CHECK_FALSE(edited.taps[1].equal(plain.taps[1]));
}

TEST_CASE("each clip of a batch is denoised alone", "[wan][unit]") {
  DitGenerator dit(tiny_dit::config(), 3);
  laws::detail::shake_(dit.named_tensors());
  DenoiseRequest request;
  request.latent = Rng(1, "latent").normal({2, 4, 3, 4, 6});
  request.sigma = torch::tensor({0.3F, 0.8F});
  request.text.tokens = Rng(1, "text").normal({2, 6, 10});
  const Tensor both = dit.denoise(request).prediction;
  request.latent = request.latent.narrow(0, 1, 1);
  request.sigma = request.sigma.narrow(0, 1, 1);
  request.text.tokens = request.text.tokens.narrow(0, 1, 1);
  CHECK_THAT(dit.denoise(request).prediction, close_to(both.narrow(0, 1, 1)));
}

TEST_CASE("the seed decides the weights", "[wan][unit]") {
  const auto one = DitGenerator(tiny_dit::config(), 3).named_tensors();
  const auto two = DitGenerator(tiny_dit::config(), 3).named_tensors();
  const auto other = DitGenerator(tiny_dit::config(), 4).named_tensors();
  bool differs = false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK_THAT(two[i].tensor, equal_to(one[i].tensor));
    differs = differs || !other[i].tensor.equal(one[i].tensor);
  }
  CHECK(differs);
}

TEST_CASE("the names and the count are those of the released checkpoints", "[wan][unit]") {
  const auto tensors = DitGenerator(tiny_dit::config(), 1).named_tensors();
  CHECK(tensors.size() == 15 + 2 * 27);  // 825 at 30 blocks
  const auto has = [&](const char* name) {
    return std::any_of(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
  };
  for (const char* name : {"patch_embedding.weight", "text_embedding.2.bias", "time_projection.1.weight",
                           "blocks.1.self_attn.norm_q.weight", "blocks.0.cross_attn.o.bias", "blocks.0.norm3.weight",
                           "blocks.0.ffn.2.weight", "blocks.1.modulation", "head.head.weight", "head.modulation"}) {
    INFO(name);
    CHECK(has(name));
  }
}

TEST_CASE("a configuration that contradicts itself is told", "[wan][message]") {
  auto config = tiny_dit::config();
  config.heads = 5;
  CHECK_THROWS_WITH(DitGenerator(config, 1),
                    "'heads' is 5 and does not divide 'width' 24 into even parts of at least 6");
  config = tiny_dit::config();
  config.frequency_width = 15;
  CHECK_THROWS_AS(DitGenerator(config, 1), flashmotion::InputError);
}

}  // namespace dit_test
