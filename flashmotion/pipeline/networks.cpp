#include "flashmotion/pipeline/networks.hpp"

#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/wan/dit_experts.hpp"
#include "flashmotion/wan/model_config.hpp"

#include <torch/torch.h>

#include <memory>
#include <string_view>
#include <utility>

namespace flashmotion {
namespace networks_detail {

struct Place {
  c10::Device device;
  at::ScalarType dtype;
  nn::BlockStream* stream = nullptr;  // takes the matrices of blocks
  std::string_view table{};           // a tensor that stays where it is
};

// The file that a tensor lies in as it is.
std::shared_ptr<const MappedFile> file_of(const wan::CheckpointTensor* stored) {
  return stored != nullptr && stored->parts.size() == 1 ? stored->parts.front().file : nullptr;
}

// Puts a component's weights into a network of deferred storage.
void load(const wan::CheckpointComponent& component, const NamedTensors& targets, const Place& place,
          const std::string& title, const ProgressOptions& progress) {
  constexpr std::int64_t kStep = 1 << 20;
  const torch::NoGradGuard no_grad;
  wan::install(component, targets);
  std::int64_t bytes = 0, done = 0;
  const auto block = [&](const NamedTensor& target) {
    return place.stream == nullptr ? -1 : nn::BlockStream::block_of(target.name, target.tensor);
  };
  const auto stays = [&](const NamedTensor& target) {
    if (target.name == place.table) return true;
    return block(target) < 0 && target.tensor.scalar_type() == place.dtype && place.device.is_cpu();
  };
  for (const NamedTensor& target : targets) {
    Tensor(target.tensor).requires_grad_(false);
    if (!stays(target)) bytes += static_cast<std::int64_t>(target.tensor.nbytes());
  }
  if (bytes == 0) return;
  ProgressBar bar(title, bytes / kStep + 1, progress);
  for (const NamedTensor& target : targets) {
    if (stays(target)) continue;
    const std::int64_t before = done / kStep;
    done += static_cast<std::int64_t>(target.tensor.nbytes());
    const wan::CheckpointTensor* stored = component.find(target.name);
    if (const std::int64_t number = block(target); number >= 0) {
      place.stream->add(number, target.tensor, file_of(stored));
    } else {
      // Converted where it goes to: half as much crosses when the file has the narrower numbers.
      target.tensor.set_data(target.tensor.to(place.device).to(place.dtype));
    }
    if (stored != nullptr) stored->forget();
    bar.advance(done / kStep - before);
  }
  bar.advance();
}

// Null when every block lies on the device as it is computed with.
std::shared_ptr<nn::BlockStream> stream_for(std::int64_t blocks, const Arithmetic& arithmetic,
                                            const BlockPlacement& placement) {
  const std::int64_t resident = placement.resident.value_or(blocks);
  if (placement.format == nn::WeightFormat::plain && resident >= blocks) return nullptr;
  return std::make_shared<nn::BlockStream>(
      blocks, nn::BlockStreamOptions{arithmetic.device, arithmetic.dtype, placement.format, resident});
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
                                   const BlockPlacement& placement, const ProgressOptions& progress) {
  wan::Umt5Encoder encoder(folder.text, nn::Storage::deferred);
  auto stream = networks_detail::stream_for(folder.text.blocks, arithmetic, placement);
  networks_detail::load(folder.checkpoint.at(wan::Role::text_encoder), encoder.named_tensors(),
                        {arithmetic.device, arithmetic.dtype, stream.get(), "token_embedding.weight"},
                        "loading the text encoder, MiB", progress);
  encoder.stream_blocks(std::move(stream));
  return encoder;
}

wan::Vae load_vae(const wan::CheckpointComponent& component, const Arithmetic& arithmetic,
                  const ProgressOptions& progress) {
  wan::Vae vae(wan::vae_config(component), nn::Storage::deferred);
  networks_detail::load(component, vae.named_tensors(), {arithmetic.device, arithmetic.vae_dtype},
                        "loading the autoencoder, MiB", progress);
  return vae;
}

wan::DitGenerator load_dit(const wan::CheckpointComponent& component, const wan::DitConfig& config,
                           const Arithmetic& arithmetic, const BlockPlacement& placement, const std::string& title,
                           const ProgressOptions& progress) {
  wan::DitGenerator dit(dit_config_for(config, arithmetic), nn::Storage::deferred);
  auto stream = networks_detail::stream_for(config.blocks, arithmetic, placement);
  networks_detail::load(component, dit.named_tensors(), {arithmetic.device, arithmetic.dtype, stream.get()}, title,
                        progress);
  dit.stream_blocks(std::move(stream));
  dit.set_training(false);
  return dit;
}

AnyGenerator load_transformer(const WanFolder& folder, const Arithmetic& arithmetic, const BlockPlacement& placement,
                              const ProgressOptions& progress) {
  const auto expert = [&](wan::Role role, const char* title) {
    const wan::CheckpointComponent& component = folder.transformer.at(role);
    return load_dit(component, wan::dit_config(component), arithmetic, placement, title, progress);
  };
  wan::DitGenerator first = expert(wan::Role::transformer, "loading the transformer, MiB");
  if (folder.transformer.find(wan::Role::transformer_2) == nullptr) return AnyGenerator(first);
  return AnyGenerator(wan::DitExperts(
      first, expert(wan::Role::transformer_2, "loading the transformer of low noise, MiB"), *folder.preset.boundary));
}

}  // namespace flashmotion
