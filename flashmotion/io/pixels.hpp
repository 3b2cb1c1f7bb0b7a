#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Pixels from [-1, 1] to bytes: float [3, H, W] or [3, T, H, W] becomes uint8 [H, W, 3] or
/// [T, H, W, 3], rounded and clamped. NaN becomes 0. Throws ShapeError for another shape.
[[nodiscard]] FLASHMOTION_EXPORT Tensor to_rgb8(const Tensor& pixels);

/// The way back: uint8 [H, W, 3] or [T, H, W, 3] becomes float32 [3, H, W] or [3, T, H, W] in [-1, 1].
[[nodiscard]] FLASHMOTION_EXPORT Tensor from_rgb8(const Tensor& bytes);

}  // namespace flashmotion
