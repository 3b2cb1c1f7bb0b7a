#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/pipeline/clip_size.hpp"
#include "flashmotion/wan/checkpoint.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/presets.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae_config.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

/// Where a model's weights are.
struct WanFiles {
  std::filesystem::path folder;         // a checkpoint, see docs/checkpoints.md
  std::filesystem::path transformer{};  // a file or folder whose transformer is taken instead; empty: the folder's
  std::string weights{};                // of several sets in that file, as CheckpointOptions has it
};

/// A checkpoint that can make clips: transformer, autoencoder, text encoder and tokenizer, and what the model's authors
/// sample it with. Nothing has been read but names and shapes.
struct WanFolder {
  WanFiles files;
  wan::Checkpoint checkpoint;
  wan::Checkpoint transformer;  // the one that is used
  std::filesystem::path tokenizer;
  wan::DitConfig dit;
  wan::VaeConfig vae;
  wan::Umt5Config text;
  wan::Preset preset;            // of the released model of this kind; `dit` is not its own
  std::vector<PixelSize> sizes;  // that the model was made for, the usual one first
  bool takes_image = false;      // a clip can begin with a given frame
  bool few_step = false;         // a distilled transformer: few steps, no guidance

  /// Pixels of a clip's sides are multiples of this.
  [[nodiscard]] FLASHMOTION_EXPORT std::int64_t cell() const;
  /// Shape [1, C, T, h, w] of a clip's latent.
  [[nodiscard]] FLASHMOTION_EXPORT std::vector<std::int64_t> latent_shape(const PixelSize& size,
                                                                          std::int64_t frames) const;
};

/// The tokenizer's file in a checkpoint's folder; empty when there is none.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path find_tokenizer(const std::filesystem::path& folder);

/// Opens a folder and looks whether every network is whole. Throws one InputError that lists the missing parts, or says
/// what does not fit.
[[nodiscard]] FLASHMOTION_EXPORT WanFolder open_wan_folder(const WanFiles& files);

}  // namespace flashmotion
