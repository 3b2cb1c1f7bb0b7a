#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/data/clip_picker.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

/// A clip of a latent store.
struct StoredClip {
  std::string name;
  std::string prompt;
  Split split = Split::train;  // those for evaluation have their pixels too
  ClipWindows windows;
};

/// What `index.json` of a latent store says. The store is a folder with clips that were encoded ahead of time:
///   index.json                            this
///   clips/CLIP/text.safetensors           `text` [L', D], rows of zeros at the end left out
///   clips/CLIP/START[.flipped].safetensors  `clean`, `control_masks`, `control_boxes` [C, T, h, w], `boxes` [K, F, 4],
///                                         `valid` [K], `colours` [K, 3]; for evaluation `video` [F, H, W, 3] and
///                                         `labels` [F, H, W], uint8, too
struct LatentIndex {
  std::string settings;                  // all that the numbers depend on, as JSON text
  ClipSpec clips;                        // extent in pixels
  std::array<std::int64_t, 4> latent{};  // C, T, h, w
  std::array<std::int64_t, 2> text{};    // L, D
  bool flip = false;                     // clips for training are there mirrored too
  std::vector<StoredClip> entries;       // by name
};

/// Writes it, whole or not at all.
FLASHMOTION_EXPORT void write_latent_index(const std::filesystem::path& folder, const LatentIndex& index);

/// Throws InputError when there is none, it is damaged, or a later version wrote it.
[[nodiscard]] FLASHMOTION_EXPORT LatentIndex read_latent_index(const std::filesystem::path& folder);

/// The file of a window.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path window_file(const std::filesystem::path& folder,
                                                                   const std::string& clip, std::int64_t start,
                                                                   bool flip);
/// The file of a clip's text.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path text_file(const std::filesystem::path& folder,
                                                                 const std::string& clip);

}  // namespace flashmotion
