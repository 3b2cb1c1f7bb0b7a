#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// How far a clip's colours wander from its first frame beyond what the real clip's do. With m(f, c) the mean of
/// channel c over frame f, RGB in [0, 1]: the mean over the frames f after the first and over c of
///   | (m(f, c) - m(0, c)) of the generated clip - (m(f, c) - m(0, c)) of the real clip |.
/// [B] float64, 0 is right; objects that are covered otherwise than in the real clip, or a background that moves
/// otherwise, keep it above 0. Throws ShapeError when the clips differ in shape or have one frame.
[[nodiscard]] FLASHMOTION_EXPORT Tensor colour_drift(const Tensor& generated,  // [B, 3, F, H, W] in [-1, 1]
                                                     const Tensor& real);

/// The means m(f, c) of some frames, [B, 3, F] float64, of [B, 3, F, H, W] in [-1, 1].
[[nodiscard]] FLASHMOTION_EXPORT Tensor frame_colours(const Tensor& frames);

/// The drift from these means of whole clips. Throws as `colour_drift`.
[[nodiscard]] FLASHMOTION_EXPORT Tensor drift_of_colours(const Tensor& generated, const Tensor& real);

}  // namespace flashmotion
