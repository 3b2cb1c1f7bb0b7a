#include "flashmotion/pipeline/memory_plan.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/vae.hpp"

#include <fmt/format.h>

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

// A network whose blocks can wait elsewhere.
struct Blocks {
  std::int64_t count = 0;
  std::int64_t matrices = 0;  // numbers of a block that are streamed
  std::int64_t others = 0;    // numbers of all that stays
};

Blocks blocks_of(const NamedTensors& tensors, std::int64_t count, std::string_view table = {}) {
  Blocks blocks{.count = count};
  for (const NamedTensor& item : tensors) {
    const std::int64_t block = nn::BlockStream::block_of(item.name, item.tensor);
    if (block == 0) blocks.matrices += item.tensor.numel();
    if (block < 0 && item.name != table) blocks.others += item.tensor.numel();
  }
  return blocks;
}

// What the driver and the libraries keep on a GPU beside all tensors.
std::int64_t context_of(const Arithmetic& arithmetic) {
  return arithmetic.device.is_cpu() ? 0 : std::int64_t{640} << 20;
}

double gib(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

void expect_fit(const PlannedPhase& phase, std::int64_t needed, std::int64_t budget) {
  if (needed <= budget) return;
  throw InputError(fmt::format(
      "the phase '{}' needs {:.2f} GiB ({:.2f} of weights, {:.2f} of activations), and the budget is {:.2f} GiB; allow "
      "more, or give {}a smaller --size or fewer --frames",
      phase.name, gib(needed), gib(phase.weights), gib(phase.activations), gib(budget),
      phase.name == "decode" ? "--decode-tile, " : ""));
}

// Weights of a phase whose blocks may wait: as many of them stay as the budget allows. `copies` networks are there.
void place(PlannedPhase& phase, const Blocks& blocks, std::int64_t copies, nn::WeightFormat format,
           const Arithmetic& arithmetic, const MemoryLimits& limits) {
  const std::int64_t others = phase.weights + copies * blocks.others * bytes_of(arithmetic.dtype);
  const auto weights = [&](std::int64_t resident) {
    return others + copies * nn::streamed_bytes(blocks.count, blocks.matrices,
                                                {arithmetic.device, arithmetic.dtype, format, resident});
  };
  phase.blocks = phase.resident = blocks.count;
  phase.weights = weights(blocks.count);
  if (!limits.budget) return;
  const std::int64_t beside = phase.activations + context_of(arithmetic);
  while (phase.resident > 0 && phase.weights + beside > *limits.budget) phase.weights = weights(--phase.resident);
  expect_fit(phase, phase.weights + beside, *limits.budget);
}

// Values of the autoencoder's widest level for the frames of one latent frame.
std::int64_t widest(const WanFolder& folder, const PixelSize& size, std::int64_t channels) {
  const std::int64_t patch = folder.vae.version == wan::VaeVersion::wan22 ? 2 : 1;
  return channels * folder.vae.temporal_factor() * (size.height / patch) * (size.width / patch);
}

// What is decoded at a time.
PixelSize decoded_at_once(const PlannedClip& clip) {
  if (clip.decode_tile == 0) return clip.size;
  return {std::min(clip.size.width, clip.decode_tile), std::min(clip.size.height, clip.decode_tile)};
}

std::int64_t pixel_numbers(const PlannedClip& clip) { return 3 * clip.frames * clip.size.width * clip.size.height; }

}  // namespace memory_plan_detail

std::int64_t parameters_of(const NamedTensors& tensors) {
  return std::accumulate(tensors.begin(), tensors.end(), std::int64_t{0},
                         [](std::int64_t sum, const NamedTensor& t) { return sum + t.tensor.numel(); });
}

std::vector<PlannedPhase> plan_memory(const WanFolder& folder, const Arithmetic& arithmetic, const PlannedClip& clip,
                                      const MemoryLimits& limits) {
  using namespace memory_plan_detail;
  constexpr std::int64_t kEncodeTenths = 100, kDecodeTenths = 135;  // of the widest level's values
  const std::int64_t bytes = bytes_of(arithmetic.dtype), vae_bytes = bytes_of(arithmetic.vae_dtype);
  const wan::CheckpointComponent& text = folder.checkpoint.at(wan::Role::text_encoder);
  const wan::CheckpointComponent& vae = folder.checkpoint.at(wan::Role::vae);
  const wan::CheckpointComponent& transformer = folder.transformer.at(wan::Role::transformer);

  std::vector<PlannedPhase> phases;
  constexpr std::int64_t kText = 512;
  PlannedPhase reading{.name = "text", .mapped = mapped(text, arithmetic, arithmetic.dtype)};
  reading.activations = kText * bytes * (3 * folder.text.ffn_width + 6 * folder.text.width) +
                        kFloatBytes * folder.text.heads * kText * kText;
  place(reading,
        blocks_of(wan::Umt5Encoder(folder.text, nn::Storage::deferred).named_tensors(), folder.text.blocks,
                  "token_embedding.weight"),
        1, nn::WeightFormat::plain, arithmetic, limits);
  phases.push_back(reading);

  const std::int64_t vae_weights =
      vae_bytes * parameters_of(wan::Vae(folder.vae, nn::Storage::deferred).named_tensors());
  const bool vae_mapped = mapped(vae, arithmetic, arithmetic.vae_dtype);
  const bool control = clip.adapter.sites > 0;
  if (clip.image || control) {
    // Control maps are whole clips of pixels.
    phases.push_back({"encode", vae_weights,
                      widest(folder, clip.size, folder.vae.dim) * vae_bytes * kEncodeTenths / 10 +
                          (control ? kFloatBytes * pixel_numbers(clip) : 0),
                      vae_mapped});
  }

  const std::vector<std::int64_t> latent = folder.latent_shape(clip.size, clip.frames);
  const auto& dit = folder.dit;
  const std::int64_t tokens = latent[2] / dit.patch[0] * (latent[3] / dit.patch[1]) * (latent[4] / dit.patch[2]);
  const bool wide_stream = arithmetic.dtype != at::kFloat && arithmetic.regime == Regime::wan_bf16;
  const std::int64_t experts = folder.transformer.find(wan::Role::transformer_2) != nullptr ? 2 : 1;
  PlannedPhase denoise{
      .name = "denoise",
      .mapped = limits.format == nn::WeightFormat::plain && mapped(transformer, arithmetic, arithmetic.dtype)};
  denoise.weights = bytes * clip.adapter.parameters;
  denoise.activations = tokens * bytes * (dit.ffn_width + (wide_stream ? 7 : 5) * dit.width) +
                        tokens * bytes * dit.width * clip.adapter.sites * (clip.guidance ? 2 : 1) +
                        8 * kFloatBytes * volume(latent);
  place(denoise, blocks_of(wan::DitGenerator(dit, nn::Storage::deferred).named_tensors(), dit.blocks), experts,
        limits.format, arithmetic, limits);
  phases.push_back(denoise);

  const PixelSize at_once = decoded_at_once(clip);
  // The pixels of a clip in tiles wait on the CPU until all tiles are there.
  const bool waits = arithmetic.device.is_cpu() && at_once != clip.size;
  phases.push_back({"decode", vae_weights,
                    widest(folder, at_once, folder.vae.decoder_dim) * vae_bytes * kDecodeTenths / 10 +
                        (waits ? kFloatBytes * pixel_numbers(clip) : 0),
                    vae_mapped});
  if (limits.budget)
    for (const PlannedPhase& phase : phases) expect_fit(phase, phase.total() + context_of(arithmetic), *limits.budget);
  return phases;
}

BlockPlacement placement_of(const std::vector<PlannedPhase>& phases, std::string_view phase,
                            const MemoryLimits& limits) {
  const auto found =
      std::find_if(phases.begin(), phases.end(), [&](const PlannedPhase& planned) { return planned.name == phase; });
  BlockPlacement placement;
  if (phase == "denoise") placement.format = limits.format;
  if (limits.budget && found != phases.end()) placement.resident = found->resident;
  return placement;
}

}  // namespace flashmotion
