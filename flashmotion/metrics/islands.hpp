#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Masks [K, H, W] bool without their small pieces: those of fewer pixels than `share` of the mask's largest piece.
/// Pixels that touch at a side or a corner are of one piece. On the CPU.
[[nodiscard]] FLASHMOTION_EXPORT Tensor without_islands(const Tensor& masks, double share);

}  // namespace flashmotion
