#include "benchmarks/networks.hpp"

#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <torch/torch.h>

#include <string_view>

namespace benchmarks {
namespace {

using flashmotion::nn::Storage;

// What Diffusers keeps in float32 when it loads a transformer in bfloat16.
bool stays_float32(std::string_view name) {
  return name.find(".norm3.") != std::string_view::npos || name.find("time_embedding.") != std::string_view::npos ||
         name.find("modulation") != std::string_view::npos;
}

flashmotion::wan::Checkpoint stored_in(const RowOptions& options) {
  return flashmotion::wan::open_checkpoint(options.folder / "model.safetensors");
}

// All in the row's type.
void install(const flashmotion::wan::CheckpointComponent& stored, const NamedTensors& targets, at::ScalarType dtype) {
  flashmotion::wan::install(stored, targets, {.dtype = dtype});
  const torch::NoGradGuard no_grad;
  for (const auto& target : targets) target.tensor.set_data(target.tensor.clone());
}

}  // namespace

flashmotion::wan::DitGenerator load_dit(const RowOptions& options) {
  const auto checkpoint = stored_in(options);
  const auto& stored = checkpoint.components.front();
  flashmotion::wan::DitConfig config = flashmotion::wan::dit_config(stored);
  const bool half = options.dtype == torch::kBFloat16;
  config.regime = half ? flashmotion::Regime::diffusers_bf16 : flashmotion::Regime::fp32;
  flashmotion::wan::DitGenerator dit(config, Storage::deferred);
  flashmotion::wan::install(stored, dit.named_tensors());
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : dit.named_tensors()) {
    tensor.requires_grad_(false);
    tensor.set_data(half && !stays_float32(name) ? tensor.to(torch::kBFloat16) : tensor.clone());
  }
  return dit;
}

flashmotion::wan::Vae load_vae(const RowOptions& options) {
  const auto checkpoint = stored_in(options);
  flashmotion::wan::Vae vae(flashmotion::wan::vae_config(checkpoint.components.front()), Storage::deferred);
  install(checkpoint.components.front(), vae.named_tensors(), options.dtype);
  return vae;
}

flashmotion::wan::Umt5Encoder load_text_encoder(const RowOptions& options) {
  const auto checkpoint = stored_in(options);
  flashmotion::wan::Umt5Encoder encoder(flashmotion::wan::umt5_config(checkpoint.components.front()),
                                        Storage::deferred);
  install(checkpoint.components.front(), encoder.named_tensors(), options.dtype);
  return encoder;
}

}  // namespace benchmarks
