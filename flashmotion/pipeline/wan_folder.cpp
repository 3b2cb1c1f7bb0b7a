#include "flashmotion/pipeline/wan_folder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/vae.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

namespace flashmotion {
namespace wan_folder_detail {

namespace fs = std::filesystem;

// Whole as far as names and shapes go.
template <class Network, class Config>
void check(const wan::CheckpointComponent& component, const Config& config) {
  const bool narrow = std::any_of(component.tensors.begin(), component.tensors.end(), [](const auto& tensor) {
    return !tensor.parts.empty() && tensor.parts.front().view.defined() && tensor.dtype() != at::kFloat &&
           tensor.parts.front().view.element_size() == 1;
  });
  if (narrow) return;  // would be converted; looked at when it is loaded
  wan::install(component, Network(config, nn::Storage::deferred).named_tensors());
}

// A network's weights come from wrapper-level names in what trainers of few-step models save.
bool from_trainer(const wan::CheckpointComponent& component) {
  return !component.tensors.empty() && !component.tensors.front().parts.empty() &&
         component.path.extension() != ".safetensors" &&
         component.tensors.front().parts.front().name.starts_with("model.");
}

// The released model that this one is, or is made like.
wan::Preset preset_of(const WanFolder& folder) {
  const bool wan22 = folder.vae.version == wan::VaeVersion::wan22;
  const bool experts = folder.transformer.find(wan::Role::transformer_2) != nullptr;
  for (const wan::Preset& known : wan::presets()) {
    if (known.dit.width == folder.dit.width && known.dit.latent_channels == folder.dit.latent_channels &&
        known.dit.condition_channels == folder.dit.condition_channels &&
        known.dit.image_width == folder.dit.image_width && known.boundary.has_value() == experts) {
      return known;
    }
  }
  wan::Preset like = wan::preset(wan22 ? "wan22_ti2v_5b" : experts ? "wan22_t2v_a14b" : "wan21_t2v_1_3b");
  like.name = "custom";
  return like;
}

std::vector<PixelSize> sizes_of(const WanFolder& folder) {
  if (folder.vae.version == wan::VaeVersion::wan22) return {{1280, 704}, {704, 1280}};
  if (folder.preset.name == "wan21_t2v_1_3b") return {{832, 480}, {480, 832}};
  return {{1280, 720}, {720, 1280}, {832, 480}, {480, 832}};
}

void refuse_parts(const WanFolder& folder) {
  std::vector<std::string> missing;
  if (folder.transformer.find(wan::Role::transformer) == nullptr)
    missing.emplace_back("the transformer (diffusion_pytorch_model*.safetensors, or transformer/)");
  if (folder.checkpoint.find(wan::Role::vae) == nullptr)
    missing.emplace_back("the autoencoder (Wan2.x_VAE.pth, or vae/)");
  if (folder.checkpoint.find(wan::Role::text_encoder) == nullptr)
    missing.emplace_back("the text encoder (models_t5_umt5-xxl-enc-bf16.pth, or text_encoder/)");
  if (folder.tokenizer.empty())
    missing.emplace_back("the tokenizer (google/umt5-xxl/spiece.model, or tokenizer/spiece.model)");
  if (missing.empty()) return;
  throw InputError(fmt::format("'{}' lacks parts of a model:\n  {}\nget these files of the release too",
                               folder.files.folder.string(), fmt::join(missing, "\n  ")));
}

void refuse_kinds(const WanFolder& folder) {
  const std::string name = folder.files.folder.string();
  if (folder.dit.condition_channels > 0 || folder.dit.image_width > 0) {
    throw InputError(
        fmt::format("'{}' is a model that takes its picture as channels of its own (Wan I2V), which no clips are made "
                    "with here; take a TI2V or a T2V model",
                    name));
  }
  if (folder.dit.latent_channels != folder.vae.z_dim) {
    throw InputError(
        fmt::format("'{}': the transformer has {} latent channels and the autoencoder {}; they are of two "
                    "models",
                    name, folder.dit.latent_channels, folder.vae.z_dim));
  }
  if (folder.dit.text_width != folder.text.width) {
    throw InputError(
        fmt::format("'{}': the transformer takes text of width {} and the text encoder gives {}; they are "
                    "of two models",
                    name, folder.dit.text_width, folder.text.width));
  }
}

}  // namespace wan_folder_detail

std::filesystem::path find_tokenizer(const std::filesystem::path& folder) {
  std::error_code none;
  for (const auto& place : {folder / "tokenizer", folder / "google" / "umt5-xxl", folder}) {
    if (std::filesystem::exists(place / "spiece.model", none)) return place / "spiece.model";
  }
  return {};
}

std::int64_t WanFolder::cell() const { return vae.spatial_factor() * dit.patch[1]; }

std::vector<std::int64_t> WanFolder::latent_shape(const PixelSize& size, std::int64_t frames) const {
  const std::int64_t factor = vae.spatial_factor();
  return {1, vae.z_dim, latent_frames(frames), size.height / factor, size.width / factor};
}

WanFolder open_wan_folder(const WanFiles& files) {
  using namespace wan_folder_detail;
  std::error_code none;
  if (!fs::is_directory(files.folder, none)) {
    throw InputError(fmt::format("'{}' is no folder; --model takes the folder of a Wan checkpoint, as it is downloaded",
                                 files.folder.string()));
  }
  WanFolder folder;
  folder.files = files;
  folder.checkpoint = wan::open_checkpoint(files.folder);
  folder.transformer =
      files.transformer.empty() ? folder.checkpoint : wan::open_checkpoint(files.transformer, {files.weights});
  folder.tokenizer = find_tokenizer(files.folder);
  refuse_parts(folder);
  const wan::CheckpointComponent& transformer = folder.transformer.at(wan::Role::transformer);
  folder.dit = wan::dit_config(transformer);
  folder.vae = wan::vae_config(folder.checkpoint.at(wan::Role::vae));
  folder.text = wan::umt5_config(folder.checkpoint.at(wan::Role::text_encoder));
  refuse_kinds(folder);
  check<wan::DitGenerator>(transformer, folder.dit);
  if (const auto* low = folder.transformer.find(wan::Role::transformer_2)) {
    check<wan::DitGenerator>(*low, wan::dit_config(*low));
  }
  check<wan::Vae>(folder.checkpoint.at(wan::Role::vae), folder.vae);
  check<wan::Umt5Encoder>(folder.checkpoint.at(wan::Role::text_encoder), folder.text);
  folder.preset = preset_of(folder);
  folder.sizes = sizes_of(folder);
  folder.takes_image = folder.vae.version == wan::VaeVersion::wan22;
  folder.few_step = from_trainer(transformer);
  return folder;
}

}  // namespace flashmotion
