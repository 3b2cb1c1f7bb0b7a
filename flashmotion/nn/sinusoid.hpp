#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <cstdint>

namespace flashmotion::nn {

/// `[cos(t w) | sin(t w)]`, `w_i = base^(-i / half)`, half = width / 2: x [..] to [.., width] float32, computed in
/// `type`. With base 10000 and timesteps it is the time embedding of the Wan models; their own code computes it in
/// float64, Diffusers in float32.
[[nodiscard]] FLASHMOTION_EXPORT Tensor sinusoid(const Tensor& x, std::int64_t width, double base = 10000.0,
                                                 c10::ScalarType type = c10::kDouble);

/// Fixed features of the places of a token grid, [N, 3 width] float32: a sinusoid of base 100 of the frame, the row
/// and the column. `width` is even. Networks read them through a linear layer, so one set of weights fits every grid.
[[nodiscard]] FLASHMOTION_EXPORT Tensor position_features(const Grid& grid, std::int64_t width);

}  // namespace flashmotion::nn
