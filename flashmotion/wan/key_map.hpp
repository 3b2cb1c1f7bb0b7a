#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::wan {

/// The networks of the Wan family, as their tensors tell them apart.
enum class ModelKind { transformer, vae21, vae22, text_encoder, image_encoder };

/// Whose names a checkpoint's tensors have.
enum class KeyLayout {
  original,   // the Wan authors' release; what all networks here use
  diffusers,  // Diffusers, and Transformers for the encoders of text and pictures
};

/// How a tensor under its original name relates to the one under its Diffusers name.
struct KeyChange {
  int part = -1;      // one of three that the original joins along its first axis (queries, keys, values)
  int unit_axes = 0;  // axes of extent 1 that the original has in front
  bool transposed = false;
  bool operator==(const KeyChange&) const = default;
};

/// A tensor's name in the other layout.
struct MappedKey {
  std::string name;
  KeyChange change;
};

/// The original name for a Diffusers name; none for a name that is not of this network.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<MappedKey> original_key(ModelKind kind, std::string_view diffusers);

/// The Diffusers names for an original name: one, or three where the original joins three tensors; none for a name that
/// is not of this network.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<MappedKey> diffusers_keys(ModelKind kind, std::string_view original);

/// A name without what wrappers put before it (`model.diffusion_model.`, `module.`) and into it
/// (`_fsdp_wrapped_module.`, `_orig_mod.`).
struct CleanKey {
  std::string prefix;  // taken off the front
  std::string name;
};
[[nodiscard]] FLASHMOTION_EXPORT CleanKey clean_key(std::string_view stored);

/// Which network, under whose names, a set of clean names is; none when it is none of them. `has` answers whether a
/// name is in the set.
template <class Has>
std::optional<std::pair<ModelKind, KeyLayout>> detect_keys(const Has& has) {
  // One name that only this network has under this layout.
  constexpr std::array<std::pair<std::string_view, std::pair<ModelKind, KeyLayout>>, 10> kMarks = {{
      {"head.modulation", {ModelKind::transformer, KeyLayout::original}},
      {"condition_embedder.time_proj.weight", {ModelKind::transformer, KeyLayout::diffusers}},
      {"encoder.downsamples.0.downsamples.0.residual.0.gamma", {ModelKind::vae22, KeyLayout::original}},
      {"encoder.down_blocks.0.resnets.0.norm1.gamma", {ModelKind::vae22, KeyLayout::diffusers}},
      {"encoder.downsamples.0.residual.0.gamma", {ModelKind::vae21, KeyLayout::original}},
      {"encoder.down_blocks.0.norm1.gamma", {ModelKind::vae21, KeyLayout::diffusers}},
      {"blocks.0.pos_embedding.embedding.weight", {ModelKind::text_encoder, KeyLayout::original}},
      {"encoder.block.0.layer.0.SelfAttention.q.weight", {ModelKind::text_encoder, KeyLayout::diffusers}},
      {"visual.patch_embedding.weight", {ModelKind::image_encoder, KeyLayout::original}},
      {"vision_model.embeddings.patch_embedding.weight", {ModelKind::image_encoder, KeyLayout::diffusers}},
  }};
  for (const auto& [name, what] : kMarks) {
    if (has(name)) return what;
  }
  return std::nullopt;
}

/// Whether a tensor that some files carry can be left out: nothing of the network computes with it.
[[nodiscard]] FLASHMOTION_EXPORT bool ignorable_key(ModelKind kind, KeyLayout layout, std::string_view name);

/// Whether a network of this kind may do without a tensor (original name) that the layout does not have.
[[nodiscard]] FLASHMOTION_EXPORT bool optional_key(ModelKind kind, std::string_view original);

}  // namespace flashmotion::wan

template <>
struct flashmotion::EnumNames<flashmotion::wan::ModelKind> {
  static constexpr std::array values{
      std::pair{flashmotion::wan::ModelKind::transformer, std::string_view("transformer")},
      std::pair{flashmotion::wan::ModelKind::vae21, std::string_view("vae 2.1")},
      std::pair{flashmotion::wan::ModelKind::vae22, std::string_view("vae 2.2")},
      std::pair{flashmotion::wan::ModelKind::text_encoder, std::string_view("text encoder")},
      std::pair{flashmotion::wan::ModelKind::image_encoder, std::string_view("image encoder")}};
};

template <>
struct flashmotion::EnumNames<flashmotion::wan::KeyLayout> {
  static constexpr std::array values{std::pair{flashmotion::wan::KeyLayout::original, std::string_view("original")},
                                     std::pair{flashmotion::wan::KeyLayout::diffusers, std::string_view("diffusers")}};
};
