#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// The real clip of a case, its frames and masks read from their files as they are asked for.
struct CaseClip {
  ClipFrames video;  // [1, 3, F, H, W] in [-1, 1]
  ClipFrames masks;  // [1, K, F, H, W] bool, the visible pixels of each object
  Tensor boxes;      // [1, K, F, 4], of the trajectory
  Tensor valid;      // [1, K] bool, all of them
  Tensor colours;    // [1, K, 3] in [0, 1]
  std::string prompt;

  /// The first frame as a clip, which is what finders are told.
  [[nodiscard]] FLASHMOTION_EXPORT ClipBatch first() const;
  /// What figures compare masks [1, K, n, H, W] with that were found in the frames from `from` on: boxes, and `masks`
  /// of these frames. Without pixels.
  [[nodiscard]] FLASHMOTION_EXPORT ClipBatch window(const Tensor& masks, std::int64_t from) const;
};

/// Opens a case at the times of a clip of `frames` frames: first and last frame are the same moments, and of those
/// between the nearest is taken; 0 takes all. Reads every file of the case once, a frame at a time, and throws
/// InputError when one is missing or damaged, a picture is of another size, the first frame is another than the
/// reference's, a mask has a label of no object, or an object is seen where its trajectory hides it or nowhere.
[[nodiscard]] FLASHMOTION_EXPORT CaseClip open_case(const Bench& bench, const BenchCase& one, std::int64_t frames = 0);

/// All of a case in memory, as a batch of one clip with as many objects as its trajectory has. Throws as `open_case`.
[[nodiscard]] FLASHMOTION_EXPORT ClipBatch read_case(const Bench& bench, const BenchCase& one);

}  // namespace flashmotion
