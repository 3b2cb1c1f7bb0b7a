#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// How much each pixel has of each object's colour. Chroma is a pixel's RGB in [0, 1] less its mean.
struct ChromaScores {
  Tensor along;      // [B, K, F, H, W] length of the chroma along the direction of the object's chroma
  Tensor magnitude;  // [B, 1, F, H, W] length of the chroma
  Tensor nearest;    // [B, K, F, H, W] bool, no rival colour's direction is nearer
};

/// Scores of a clip for the objects' colours. Rivals are the colours of `palette` [P, 3] where it is
/// defined, else the clip's own objects. Throws ShapeError when video and objects do not fit.
[[nodiscard]] FLASHMOTION_EXPORT ChromaScores chroma_scores(const Tensor& video,  // [B, 3, F, H, W] in [-1, 1]
                                                            const ClipBatch& objects, const Tensor& palette);

}  // namespace flashmotion
