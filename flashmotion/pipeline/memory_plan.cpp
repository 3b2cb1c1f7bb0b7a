#include "flashmotion/pipeline/memory_plan.hpp"

#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/vae.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace flashmotion {
namespace memory_plan_detail {

constexpr std::int64_t kFloatBytes = 4;

std::int64_t bytes_of(at::ScalarType type) { return static_cast<std::int64_t>(c10::elementSize(type)); }

bool mapped(const wan::CheckpointComponent& component, const Arithmetic& arithmetic, at::ScalarType dtype) {
  return arithmetic.device.is_cpu() && !component.tensors.empty() && component.tensors.front().dtype() == dtype;
}

std::int64_t volume(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// Values of the autoencoder's widest level for the frames of one latent frame.
std::int64_t widest(const WanFolder& folder, const PlannedClip& clip, std::int64_t channels) {
  const std::int64_t patch = folder.vae.version == wan::VaeVersion::wan22 ? 2 : 1;
  return channels * folder.vae.temporal_factor() * (clip.size.height / patch) * (clip.size.width / patch);
}

}  // namespace memory_plan_detail

std::int64_t parameters_of(const NamedTensors& tensors) {
  return std::accumulate(tensors.begin(), tensors.end(), std::int64_t{0},
                         [](std::int64_t sum, const NamedTensor& t) { return sum + t.tensor.numel(); });
}

std::vector<PlannedPhase> plan_memory(const WanFolder& folder, const Arithmetic& arithmetic, const PlannedClip& clip) {
  using namespace memory_plan_detail;
  constexpr std::int64_t kEncodeTenths = 100, kDecodeTenths = 135;  // of the widest level's values
  const std::int64_t bytes = bytes_of(arithmetic.dtype), vae_bytes = bytes_of(arithmetic.vae_dtype);
  const wan::CheckpointComponent& text = folder.checkpoint.at(wan::Role::text_encoder);
  const wan::CheckpointComponent& vae = folder.checkpoint.at(wan::Role::vae);
  const wan::CheckpointComponent& transformer = folder.transformer.at(wan::Role::transformer);

  std::vector<PlannedPhase> phases;
  constexpr std::int64_t kText = 512;
  phases.push_back({"text", bytes * parameters_of(wan::Umt5Encoder(folder.text, nn::Storage::deferred).named_tensors()),
                    kText * bytes * (3 * folder.text.ffn_width + 6 * folder.text.width) +
                        kFloatBytes * folder.text.heads * kText * kText,
                    mapped(text, arithmetic, arithmetic.dtype)});

  const std::int64_t vae_weights =
      vae_bytes * parameters_of(wan::Vae(folder.vae, nn::Storage::deferred).named_tensors());
  const bool vae_mapped = mapped(vae, arithmetic, arithmetic.vae_dtype);
  const bool control = clip.adapter.sites > 0;
  if (clip.image || control) {
    // Control maps are whole clips of pixels, once as they are drawn and once as they are encoded.
    const std::int64_t pixels = control ? 3 * clip.frames * clip.size.width * clip.size.height : 0;
    phases.push_back({"encode", vae_weights,
                      widest(folder, clip, folder.vae.dim) * vae_bytes * kEncodeTenths / 10 +
                          pixels * (vae_bytes + (arithmetic.device.is_cpu() ? kFloatBytes : 0)),
                      vae_mapped});
  }

  const std::vector<std::int64_t> latent = folder.latent_shape(clip.size, clip.frames);
  const auto& dit = folder.dit;
  const std::int64_t tokens = latent[2] / dit.patch[0] * (latent[3] / dit.patch[1]) * (latent[4] / dit.patch[2]);
  const bool wide_stream = arithmetic.dtype != at::kFloat && arithmetic.regime == Regime::wan_bf16;
  const std::int64_t experts = folder.transformer.find(wan::Role::transformer_2) != nullptr ? 2 : 1;
  PlannedPhase denoise{"denoise", 0, 0, mapped(transformer, arithmetic, arithmetic.dtype)};
  denoise.weights = bytes * (experts * parameters_of(wan::DitGenerator(dit, nn::Storage::deferred).named_tensors()) +
                             clip.adapter.parameters);
  denoise.activations = tokens * bytes * (dit.ffn_width + (wide_stream ? 7 : 5) * dit.width) +
                        tokens * bytes * dit.width * clip.adapter.sites * (clip.guidance ? 2 : 1) +
                        8 * kFloatBytes * volume(latent);
  phases.push_back(denoise);

  phases.push_back({"decode", vae_weights,
                    widest(folder, clip, folder.vae.decoder_dim) * vae_bytes * kDecodeTenths / 10, vae_mapped});
  return phases;
}

}  // namespace flashmotion
