#include "flashmotion/pipeline/networks.hpp"

#include "flashmotion/wan/dit_experts.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <torch/torch.h>

namespace flashmotion {
namespace networks_detail {

// Puts a component's weights into a network of deferred storage.
void load(const wan::CheckpointComponent& component, const NamedTensors& targets, const c10::Device& device,
          at::ScalarType dtype, const std::string& title, const ProgressOptions& progress) {
  constexpr std::int64_t kStep = 1 << 20;
  const torch::NoGradGuard no_grad;
  wan::install(component, targets);
  std::int64_t bytes = 0, done = 0;
  const auto stays = [&](const Tensor& t) { return t.scalar_type() == dtype && device.is_cpu(); };
  for (const NamedTensor& target : targets) {
    Tensor(target.tensor).requires_grad_(false);
    if (!stays(target.tensor)) bytes += static_cast<std::int64_t>(target.tensor.nbytes());
  }
  if (bytes == 0) return;
  ProgressBar bar(title, bytes / kStep + 1, progress);
  for (const NamedTensor& target : targets) {
    if (stays(target.tensor)) continue;
    const std::int64_t before = done / kStep;
    done += static_cast<std::int64_t>(target.tensor.nbytes());
    // Converted where it goes to: half as much crosses when the file has the narrower numbers.
    target.tensor.set_data(target.tensor.to(device).to(dtype));
    if (const wan::CheckpointTensor* stored = component.find(target.name)) stored->forget();
    bar.advance(done / kStep - before);
  }
  bar.advance();
}

}  // namespace networks_detail

void forget_weights(const wan::CheckpointComponent& component) {
  for (const wan::CheckpointTensor& tensor : component.tensors) tensor.forget();
}

wan::DitConfig dit_config_for(const wan::DitConfig& config, const Arithmetic& arithmetic) {
  wan::DitConfig made = config;
  made.regime = arithmetic.dtype == at::kFloat ? Regime::fp32 : arithmetic.regime;
  return made;
}

wan::Umt5Encoder load_text_encoder(const WanFolder& folder, const Arithmetic& arithmetic,
                                   const ProgressOptions& progress) {
  wan::Umt5Encoder encoder(folder.text, nn::Storage::deferred);
  networks_detail::load(folder.checkpoint.at(wan::Role::text_encoder), encoder.named_tensors(), arithmetic.device,
                        arithmetic.dtype, "loading the text encoder, MiB", progress);
  return encoder;
}

wan::Vae load_vae(const wan::CheckpointComponent& component, const Arithmetic& arithmetic,
                  const ProgressOptions& progress) {
  wan::Vae vae(wan::vae_config(component), nn::Storage::deferred);
  networks_detail::load(component, vae.named_tensors(), arithmetic.device, arithmetic.vae_dtype,
                        "loading the autoencoder, MiB", progress);
  return vae;
}

AnyGenerator load_transformer(const WanFolder& folder, const Arithmetic& arithmetic, const ProgressOptions& progress) {
  const auto expert = [&](wan::Role role, const char* title) {
    const wan::CheckpointComponent& component = folder.transformer.at(role);
    wan::DitGenerator dit(dit_config_for(wan::dit_config(component), arithmetic), nn::Storage::deferred);
    networks_detail::load(component, dit.named_tensors(), arithmetic.device, arithmetic.dtype, title, progress);
    dit.set_training(false);
    return dit;
  };
  wan::DitGenerator first = expert(wan::Role::transformer, "loading the transformer, MiB");
  if (folder.transformer.find(wan::Role::transformer_2) == nullptr) return AnyGenerator(first);
  return AnyGenerator(wan::DitExperts(
      first, expert(wan::Role::transformer_2, "loading the transformer of low noise, MiB"), *folder.preset.boundary));
}

}  // namespace flashmotion
