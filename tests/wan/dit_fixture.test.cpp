#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/wan/dit.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/test_fixtures.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The transformers of the numeric fixtures, with every result on the way.

namespace dit_fixture_test {

using flashmotion::DenoiseRequest;
using flashmotion::NamedTensors;
using flashmotion::SafetensorsFile;
using flashmotion::Tensor;
using flashmotion::wan::DitConfig;
using flashmotion::wan::DitGenerator;
using Folder = std::filesystem::path;

constexpr compare::Tolerance kTolerance{2e-4, 1e-4};  // stated by the fixtures

DitConfig ti2v_config() {
  DitConfig config;
  config.latent_channels = 12;
  config.width = 40;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 72;
  config.text_width = 18;
  config.frequency_width = 24;
  return config;
}

DitConfig t2v_config() {
  DitConfig config;
  config.latent_channels = 4;
  config.width = 56;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 96;
  config.text_width = 20;
  config.frequency_width = 32;
  return config;
}

DitConfig i2v_config() {
  DitConfig config;
  config.latent_channels = 4;
  config.condition_channels = 5;
  config.width = 40;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 56;
  config.text_width = 10;
  config.frequency_width = 16;
  config.image_width = 24;
  config.epsilon = 1e-3;
  return config;
}

std::string same_name(std::string name) { return name; }

// Names of Diffusers for those of the original release.
std::string diffusers_name(std::string name) {
  const std::vector<std::pair<std::string_view, std::string_view>> renames{
      {"text_embedding.0", "condition_embedder.text_embedder.linear_1"},
      {"text_embedding.2", "condition_embedder.text_embedder.linear_2"},
      {"time_embedding.0", "condition_embedder.time_embedder.linear_1"},
      {"time_embedding.2", "condition_embedder.time_embedder.linear_2"},
      {"time_projection.1", "condition_embedder.time_proj"},
      {"head.modulation", "scale_shift_table"},
      {"head.head", "proj_out"},
      {"modulation", "scale_shift_table"},
      {"self_attn", "attn1"},
      {"cross_attn", "attn2"},
      {".q.", ".to_q."},
      {".k.", ".to_k."},
      {".v.", ".to_v."},
      {".o.", ".to_out.0."},
      {"norm3", "norm2"},
      {"ffn.0", "ffn.net.0.proj"},
      {"ffn.2", "ffn.net.2"}};
  for (const auto& [from, to] : renames) {
    if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  }
  return name;
}

DitGenerator read_dit(const Folder& folder, const DitConfig& config,
                      const std::function<std::string(std::string)>& stored_name) {
  DitGenerator dit(config, flashmotion::nn::Storage::deferred);
  const SafetensorsFile weights(folder / "model.safetensors");
  const auto tensors = dit.named_tensors();
  REQUIRE(tensors.size() == weights.names().size());
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    REQUIRE(weights.shape(stored_name(name)) == tensor.sizes().vec());
    tensor.set_data(weights.tensor(stored_name(name)));
  }
  return dit;
}

void check_trace(const NamedTensors& trace, const SafetensorsFile& expected) {
  for (const auto& [name, tensor] : trace) {
    INFO(name);
    CHECK_THAT(tensor.contiguous(), compare::close_to(expected.tensor(name), kTolerance));
  }
}

DenoiseRequest read_request(const SafetensorsFile& inputs, const char* timestep) {
  DenoiseRequest request;
  request.latent = inputs.tensor("latent");
  request.text.tokens = inputs.tensor("text");
  request.sigma = inputs.tensor(timestep) / 1000;
  return request;
}

TEST_CASE("a timestep for each token gives the reference's results on the way", "[wan][golden]") {
  const auto [part, stored_name] =
      GENERATE(std::pair("dit_original_keys", &same_name), std::pair("dit_wan22_ti2v", &diffusers_name));
  const auto folder = test_fixtures(part);
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  auto dit = read_dit(*folder, ti2v_config(), stored_name);
  const SafetensorsFile inputs(*folder / "inputs.safetensors");
  const SafetensorsFile expected(*folder / "expected.safetensors");
  const auto request = read_request(inputs, "timestep");
  REQUIRE(request.sigma.sizes() == at::IntArrayRef({2, 45}));
  const auto trace = dit.trace(request);
  CHECK(trace.size() == 8);
  check_trace(trace, expected);
  const Tensor scalar = dit.denoise(read_request(inputs, "timestep_scalar")).prediction;
  CHECK_THAT(scalar, compare::close_to(expected.tensor("sample_scalar"), kTolerance));
}

TEST_CASE("a timestep for each sample gives the reference's results on the way", "[wan][golden]") {
  const auto folder = test_fixtures("dit_wan21_t2v");
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  auto dit = read_dit(*folder, t2v_config(), diffusers_name);
  const auto trace = dit.trace(read_request(SafetensorsFile(*folder / "inputs.safetensors"), "timestep"));
  CHECK(trace.size() == 8);
  check_trace(trace, SafetensorsFile(*folder / "expected.safetensors"));
}

TEST_CASE("image tokens and a condition give the reference's results on the way", "[wan][golden]") {
  const auto folder = test_fixtures("dit_wan21_i2v_original_keys");
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  auto dit = read_dit(*folder, i2v_config(), same_name);
  const SafetensorsFile inputs(*folder / "inputs.safetensors");
  auto request = read_request(inputs, "timestep");
  request.image.channels = request.latent.narrow(1, 4, 5);
  request.image.tokens = inputs.tensor("image");
  request.latent = request.latent.narrow(1, 0, 4);
  const auto trace = dit.trace(request);
  CHECK(trace.size() == 9);
  check_trace(trace, SafetensorsFile(*folder / "expected.safetensors"));
}

TEST_CASE("with bfloat16 weights diffusers_bf16 gives the numbers of Diffusers", "[wan][golden]") {
  const Folder folder = Folder(FLASHMOTION_TEST_SOURCE_DIR) / "tests" / "fixtures" / "dit_bf16_diffusers";
  if (!std::filesystem::exists(folder)) FLASHMOTION_SKIP("the numeric fixtures are not there");
  DitConfig config;
  config.latent_channels = 4;
  config.width = 24;
  config.heads = 2;
  config.blocks = 2;
  config.ffn_width = 40;
  config.text_width = 10;
  config.frequency_width = 16;
  config.regime = flashmotion::Regime::diffusers_bf16;
  auto dit = read_dit(folder, config, diffusers_name);
  const SafetensorsFile expected(folder / "expected.safetensors");
  for (const auto& [name, tensor] :
       dit.trace(read_request(SafetensorsFile(folder / "inputs.safetensors"), "timestep"))) {
    if (!name.starts_with("block.") && name != "sample") continue;
    INFO(name);
    REQUIRE(tensor.scalar_type() == torch::kBFloat16);
    // Most numbers are equal; one step of bfloat16 where two kernels add in another order.
    const Tensor want = expected.tensor(name).to(torch::kFloat);
    CHECK_THAT(tensor.to(torch::kFloat), compare::close_to(want, {1.0 / 256, 1.0 / 64}));
    CHECK(tensor.to(torch::kFloat).ne(want).to(torch::kFloat).mean().item<double>() < 0.1);
  }
}

}  // namespace dit_fixture_test
