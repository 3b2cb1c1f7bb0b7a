#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// Share of each latent cell that objects cover by their boxes, [B, 1, T, height, width] in [0, 1]; where objects lie
/// one on another, the largest share of one of them. `boxes` [B, K, F, 4] and `valid` [B, K] as in a clip; latent frame
/// 0 is frame 0, a later one the mean of its group of four. Throws InputError when F is not 1 + 4k.
[[nodiscard]] FLASHMOTION_EXPORT Tensor object_cover(const Tensor& boxes, const Tensor& valid, std::int64_t height,
                                                     std::int64_t width);

}  // namespace flashmotion
