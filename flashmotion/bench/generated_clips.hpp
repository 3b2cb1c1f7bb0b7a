#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace flashmotion {

/// Fewest frames of a clip that is measured: flicker takes second differences in time.
inline constexpr std::int64_t kLeastClipFrames = 3;

/// A folder of clips that some model made for a benchmark: for each case `ID.mp4` (or another video), or a folder `ID`
/// with a picture for each frame. Several seeds lie in folders `seed-0`, `seed-1`, …, each of this form.
class FLASHMOTION_EXPORT GeneratedClips {
 public:
  /// Looks for the clips of these cases, the first `seeds` of each or all when it is 0. Others that lie there are left
  /// alone. Throws InputError when there are fewer seeds, or one that names all clips that are missing.
  GeneratedClips(const std::filesystem::path& folder, std::span<const BenchCase> cases, std::int64_t seeds = 0);

  /// How many clips there are of each case.
  [[nodiscard]] std::int64_t seeds() const { return static_cast<std::int64_t>(folders_.size()); }
  /// File or folder of a clip.
  [[nodiscard]] std::filesystem::path place(const BenchCase& one, std::int64_t seed) const;
  /// [1, 3, F, H, W] in [-1, 1], read anew in each pass. Reads all of it once, a frame at a time, and throws InputError
  /// when the clip is damaged, has pictures of several sizes or fewer than 3 frames.
  [[nodiscard]] ClipFrames open(const BenchCase& one, std::int64_t seed) const;

 private:
  std::vector<std::filesystem::path> folders_;  // by seed
};

/// Folder of a case's masks, as `open_given_masks` takes them.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path given_masks_place(const std::filesystem::path& folder,
                                                                         const BenchCase& one, std::int64_t seed);

/// Masks of generated clips, found by other means: `ID/00000.png`, … in `folder` (or in `folder/seed-N`), labels as in
/// a benchmark's masks. bool [1, K, F, H, W], resized to the nearest pixel where they are of another size, read anew in
/// each pass. Reads all once, and throws InputError when they are missing, their number is not `frames` or a label is
/// no object's.
[[nodiscard]] FLASHMOTION_EXPORT ClipFrames open_given_masks(const std::filesystem::path& folder, const BenchCase& one,
                                                             std::int64_t seed, std::int64_t objects,
                                                             std::int64_t frames, std::int64_t height,
                                                             std::int64_t width);

}  // namespace flashmotion
