#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <cstdint>

namespace flashmotion::nn {

/// Rotary factors of a 3-D token grid, [N, head_width / 2] complex64, computed in float64.
/// The head is split into time, height and width as `d - 4 (d / 6)`, `2 (d / 6)`, `2 (d / 6)` (whole-number
/// division); base 10000; positions count from 0 on each axis (the Wan models' 3-D RoPE).
[[nodiscard]] FLASHMOTION_EXPORT Tensor rope_factors(const Grid& grid, std::int64_t head_width);

/// Rotates neighbouring channel pairs of x [B, N, heads, head_width] by `factors` [N, head_width / 2]; computed and
/// returned in float32.
[[nodiscard]] FLASHMOTION_EXPORT Tensor apply_rope(const Tensor& x, const Tensor& factors);

}  // namespace flashmotion::nn
