#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/test_fixtures.hpp"

#include <vector>

namespace dit_fixture_test {

using flashmotion::SafetensorsFile;
using flashmotion::Tensor;

constexpr compare::Tolerance kTolerance{2e-4, 1e-4};  // stated by the fixture

flashmotion::wan::DitGenerator read_dit(const std::filesystem::path& folder) {
  flashmotion::wan::DitConfig config;
  config.latent_channels = 12;
  config.width = 40;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 72;
  config.text_width = 18;
  config.frequency_width = 24;
  flashmotion::wan::DitGenerator dit(config, 1);
  const SafetensorsFile weights(folder / "model.safetensors");
  const auto tensors = dit.named_tensors();
  REQUIRE(tensors.size() == weights.names().size());
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    REQUIRE(weights.shape(name) == tensor.sizes().vec());
    tensor.copy_(weights.tensor(name));
  }
  return dit;
}

TEST_CASE("velocities and blocks are those of the public reference", "[wan][golden]") {
  const auto folder = test_fixtures("dit_original_keys");
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  auto dit = read_dit(*folder);
  const SafetensorsFile inputs(*folder / "inputs.safetensors");
  const SafetensorsFile expected(*folder / "expected.safetensors");
  const std::vector<std::int64_t> taps{0, 1};
  flashmotion::DenoiseRequest request;
  request.latent = inputs.tensor("latent");
  request.text.tokens = inputs.tensor("text");
  request.taps = taps;

  const Tensor by_token = inputs.tensor("timestep").unflatten(1, {3, -1});  // [B, T, H W], equal within a frame
  REQUIRE_THAT(by_token, compare::equal_to(by_token.narrow(2, 0, 1).expand_as(by_token)));
  request.sigma = by_token.select(2, 0) / 1000;
  const auto result = dit.denoise(request);
  CHECK_THAT(result.taps[0], compare::close_to(expected.tensor("block.0"), kTolerance));
  CHECK_THAT(result.taps[1], compare::close_to(expected.tensor("block.1"), kTolerance));
  CHECK_THAT(result.prediction, compare::close_to(expected.tensor("sample"), kTolerance));

  request.sigma = inputs.tensor("timestep_scalar") / 1000;
  CHECK_THAT(dit.denoise(request).prediction, compare::close_to(expected.tensor("sample_scalar"), kTolerance));
}

}  // namespace dit_fixture_test
