#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Distance in pixels between the centroid of each object's chroma and the centre of its box, averaged for each clip
/// over its objects and the frames after the first; [B] float64. An object without chroma counts half the picture's
/// longer side. Blur does not move a centroid, so this credits blurred clips in full; it saturates near the figure of
/// real clips, where covered objects keep it above 0. `palette` as in `ChromaFinder`.
[[nodiscard]] FLASHMOTION_EXPORT Tensor centre_error(const Tensor& video,  // [B, 3, F, H, W] in [-1, 1]
                                                     const ClipBatch& real, const Tensor& palette = {});

}  // namespace flashmotion
