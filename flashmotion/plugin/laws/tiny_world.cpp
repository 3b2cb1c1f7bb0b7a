#include "flashmotion/plugin/laws/tiny_world.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/wan/dit.hpp"

#include <torch/torch.h>

namespace flashmotion::tiny_world {
namespace tiny_world_detail {

constexpr std::int64_t kTextTokens = 5;

Tensor latent(const GeneratorSpec& spec, const char* name, c10::Device device) {
  return Rng(1, name)
      .normal({kClips, spec.latent_channels, kGrid.frames * spec.patch[0], kGrid.height * spec.patch[1],
               kGrid.width * spec.patch[2]})
      .to(device);
}

Tensor sigma(c10::Device device) { return torch::tensor({0.3F, 0.8F}).to(device); }

Tensor text(const GeneratorSpec& spec, c10::Device device) {
  return Rng(1, "text").normal({kClips, kTextTokens, spec.text_width}).to(device);
}

}  // namespace tiny_world_detail

BuildContext context() {
  wan::DitConfig config;
  config.latent_channels = 6;
  config.width = 32;
  config.heads = 4;
  config.blocks = 4;
  config.ffn_width = 48;
  config.text_width = 10;
  config.frequency_width = 16;
  config.patch = {1, 1, 1};
  BuildContext context;
  context.generator = wan::spec_of(config);
  context.seed = 3;
  return context;
}

AdapterRequest adapter_request(const GeneratorSpec& spec, c10::Device device) {
  using namespace tiny_world_detail;
  AdapterRequest request;
  request.latent = latent(spec, "latent", device);
  request.sigma = sigma(device);
  request.text.tokens = text(spec, device);
  request.control = latent(spec, "control", device);
  return request;
}

HeadRequest head_request(const GeneratorSpec& spec, std::size_t taps, c10::Device device) {
  using namespace tiny_world_detail;
  HeadRequest request;
  for (std::size_t i = 0; i < taps; ++i)
    request.taps.push_back(Rng(1, "tap", i).normal({kClips, kGrid.tokens(), spec.width}).to(device));
  request.grid = kGrid;
  request.sigma = sigma(device);
  request.text.tokens = text(spec, device);
  request.control = latent(spec, "control", device);
  return request;
}

}  // namespace flashmotion::tiny_world
