#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/wan/vae.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/test_fixtures.hpp"
#include "tests/wan/tiny_vae.hpp"

#include <algorithm>
#include <string>

namespace vae_fixture_test {

using flashmotion::NamedTensors;
using flashmotion::SafetensorsFile;
using flashmotion::Tensor;
using flashmotion::nn::Storage;
using flashmotion::wan::Vae;
using flashmotion::wan::VaeConfig;
using flashmotion::wan::VaeVersion;

constexpr compare::Tolerance kTolerance{1e-4, 1e-4};  // stated by the fixtures

VaeConfig config_of(VaeVersion version) {
  VaeConfig c;
  c.version = version;
  const bool old = version == VaeVersion::wan21;
  c.dim = old ? 4 : 3;
  c.decoder_dim = old ? 4 : 5;
  c.z_dim = old ? 4 : 8;
  c.latents_mean = old ? std::vector{0.3607, 0.4209, 0.7544, -0.7172}
                       : std::vector{-0.2857, 0.2051, -0.0645, 0.0636, -0.4348, 0.3612, -0.4982, -0.6769};
  c.latents_std = old ? std::vector{1.3387, 1.4663, 0.7767, 0.9382}
                      : std::vector{0.7308, 1.0666, 1.4749, 1.036, 0.6672, 0.7461, 0.72, 0.8379};
  return c;
}

// The fixture's weights, put in place of deferred ones without a copy.
Vae read_vae(const std::filesystem::path& folder, VaeVersion version) {
  Vae vae(config_of(version), Storage::deferred);
  const SafetensorsFile weights(folder / "model.safetensors");
  const auto tensors = vae.named_tensors();
  REQUIRE(tensors.size() == weights.names().size());
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    REQUIRE(weights.shape(name) == tensor.sizes().vec());
    tensor.set_data(weights.tensor(name));
  }
  return vae;
}

Tensor named(const NamedTensors& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
  return found == tensors.end() ? Tensor() : found->tensor;
}

TEST_CASE("moments and pixels are those of the public reference", "[wan][golden]") {
  const auto version = GENERATE(VaeVersion::wan21, VaeVersion::wan22);
  const std::int64_t chunk = GENERATE(1, 0);
  const auto folder =
      test_fixtures(version == VaeVersion::wan21 ? "vae_wan21_original_keys" : "vae_wan22_original_keys");
  if (!folder) FLASHMOTION_SKIP("the numeric fixtures are not there");
  const Vae vae = read_vae(*folder, version);
  const SafetensorsFile inputs(*folder / "inputs.safetensors");
  const SafetensorsFile expected(*folder / "expected.safetensors");
  const auto check = [&](const std::string& name, const Tensor& have) {
    INFO(name);
    CHECK_THAT(have, compare::close_to(expected.tensor(name), kTolerance));
  };

  for (const std::string name : {"video", "image"}) {
    NamedTensors steps;
    const auto found = vae.encode_raw(inputs.tensor(name), {.latent_frames = chunk}, &steps);
    check(name + ".mean", found.mean);
    check(name + ".logvar", found.logvar);
    check(name + ".latent_normalised", vae.encode(inputs.tensor(name)));
    if (name == "video") check("video.encoder.mid_block", named(steps, "encoder.mid_block"));
  }
  check("video_cut.mean", vae.encode_raw(inputs.tensor("video").narrow(2, 0, 7), {.latent_frames = chunk}).mean);

  NamedTensors steps;
  check("latent.decoded", vae.decode_raw(inputs.tensor("latent"), {.latent_frames = chunk}, &steps));
  check("latent.decoder.mid_block", named(steps, "decoder.mid_block"));
  check("latent.decoder.up_blocks.0", named(steps, "decoder.up_blocks.0"));
  check("latent_one.decoded", vae.decode_raw(inputs.tensor("latent_one"), {.latent_frames = chunk}));
}

}  // namespace vae_fixture_test
