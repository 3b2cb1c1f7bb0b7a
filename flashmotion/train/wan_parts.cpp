#include "flashmotion/train/wan_parts.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/pipeline/wan_folder.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/prompt_text.hpp"
#include "flashmotion/wan/tokenizer.hpp"
#include "flashmotion/wan/vae.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace flashmotion {
namespace wan_parts_detail {

namespace fs = std::filesystem;

ProgressOptions quiet() {
  ProgressOptions options;
  options.quiet = true;
  return options;
}

class WanVae {
 public:
  WanVae(wan::Vae vae, const c10::Device& device, at::ScalarType dtype)
      : vae_(std::move(vae)), device_(device), dtype_(dtype) {}

  [[nodiscard]] Tensor encode(const Tensor& video) const {
    return each(video, [&](const Tensor& clip) { return vae_.encode(clip); });
  }
  [[nodiscard]] Tensor decode(const Tensor& latent) const {
    return each(latent, [&](const Tensor& clip) { return vae_.decode(clip); });
  }
  [[nodiscard]] NamedTensors named_tensors() const { return {}; }

 private:
  template <class Work>
  [[nodiscard]] Tensor each(const Tensor& batch, const Work& work) const {
    std::vector<Tensor> done;
    for (std::int64_t b = 0; b < batch.size(0); ++b)
      done.push_back(work(batch.narrow(0, b, 1).to(device_, dtype_)).to(at::kCPU, at::kFloat));
    return at::cat(done);
  }

  wan::Vae vae_;
  c10::Device device_;
  at::ScalarType dtype_;
};
static_assert(Codec<WanVae>);

// Reads prompts that it has not seen with the encoder in memory for that long.
class Umt5Prompts {
 public:
  Umt5Prompts(wan::CheckpointComponent component, const fs::path& tokenizer, std::int64_t length,
              const Arithmetic& arithmetic)
      : component_(std::move(component)), tokenizer_(tokenizer, length), arithmetic_(arithmetic) {}

  [[nodiscard]] Tensor embed(std::span<const std::string> prompts) {
    const torch::NoGradGuard no_grad;
    std::unique_ptr<wan::Umt5Encoder> encoder;
    std::vector<Tensor> rows;
    for (const std::string& prompt : prompts) {
      if (!known_.contains(prompt)) {
        if (encoder == nullptr) encoder = std::make_unique<wan::Umt5Encoder>(open());
        known_[prompt] = read(*encoder, prompt);
      }
      rows.push_back(known_[prompt]);
    }
    if (encoder != nullptr) forget_weights(component_);
    return at::cat(rows);
  }

 private:
  [[nodiscard]] wan::Umt5Encoder open() const {
    WanFolder folder;
    folder.text = wan::umt5_config(component_);
    folder.checkpoint.components = {component_};
    return load_text_encoder(folder, arithmetic_, {}, quiet());
  }
  [[nodiscard]] Tensor read(const wan::Umt5Encoder& encoder, const std::string& prompt) const {
    const wan::TokenBatch batch = tokenizer_.encode(std::vector<std::string>{wan::clean_prompt(prompt)});
    wan::Umt5Request request;
    request.ids = batch.ids.to(arithmetic_.device);
    request.mask = batch.mask.to(arithmetic_.device);
    return encoder.encode(request).zeroed.to(at::kCPU, at::kFloat);
  }

  wan::CheckpointComponent component_;
  wan::Tokenizer tokenizer_;
  Arithmetic arithmetic_;
  std::map<std::string, Tensor> known_;  // [1, L, D] by prompt
};

}  // namespace wan_parts_detail

CodecExtent extent_of(const WanVaeConfig& config) {
  const wan::VaeConfig vae = config.version == wan::VaeVersion::wan22 ? wan::vae22() : wan::vae21();
  return {vae.spatial_factor(), vae.temporal_factor(), config.channels};
}

AnyCodec open_wan_vae(const WanVaeConfig& config, const std::filesystem::path& folder, const c10::Device& device) {
  const wan::Checkpoint checkpoint = wan::open_checkpoint(folder / config.checkpoint);
  const wan::CheckpointComponent& component = checkpoint.at(wan::Role::vae);
  const wan::VaeConfig found = wan::vae_config(component);
  if (found.version != config.version || found.z_dim != config.channels) {
    throw InputError(fmt::format(
        "'{}' is the autoencoder {} with {} channels, and the codec is {} with {}; change one "
        "of them",
        component.path.string(), to_string(found.version), found.z_dim, to_string(config.version), config.channels));
  }
  const at::ScalarType dtype = scalar_type(config.dtype);
  return AnyCodec(wan_parts_detail::WanVae(
      load_vae(component, {.device = device, .vae_dtype = dtype}, wan_parts_detail::quiet()), device, dtype));
}

PromptEncoder open_umt5(const std::filesystem::path& checkpoint, std::int64_t width, std::int64_t length,
                        WeightNumbers dtype, const c10::Device& device) {
  const wan::Checkpoint opened = wan::open_checkpoint(checkpoint);
  const wan::CheckpointComponent& component = opened.at(wan::Role::text_encoder);
  const std::filesystem::path tokenizer = find_tokenizer(checkpoint);
  if (tokenizer.empty()) {
    throw InputError(fmt::format("'{}' lacks the tokenizer (google/umt5-xxl/spiece.model, or tokenizer/spiece.model)",
                                 checkpoint.string()));
  }
  if (const std::int64_t found = wan::umt5_config(component).width; found != width) {
    throw InputError(
        fmt::format("the text encoder of '{}' gives {} numbers a token, and text.width is {}; set it to {}",
                    checkpoint.string(), found, width, found));
  }
  const auto encoder = std::make_shared<wan_parts_detail::Umt5Prompts>(
      component, tokenizer, length, Arithmetic{.device = device, .dtype = scalar_type(dtype)});
  return [encoder](std::span<const std::string> prompts) { return encoder->embed(prompts); };
}

bool is_wan_checkpoint(const std::filesystem::path& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return true;
  if (path.extension() != ".safetensors") return true;
  return !SafetensorsFile(path).metadata().contains("role");
}

NamedTensors wan_transformer(const std::filesystem::path& path, const std::string& weights,
                             const wan::DitConfig& config) {
  const torch::NoGradGuard no_grad;
  const wan::Checkpoint checkpoint = wan::open_checkpoint(path, {weights});
  const wan::DitGenerator dit(config, nn::Storage::deferred);
  wan::install(checkpoint.at(wan::Role::transformer), dit.named_tensors());
  return dit.named_tensors();
}

}  // namespace flashmotion
