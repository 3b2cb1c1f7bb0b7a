#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// The last two axes become height x width; the axes before them, [C, H, W] or [C, T, H, W], stay.
/// Bilinear at pixel centres, with a filter as wide as the step when it shrinks. Keeps float types;
/// uint8 comes back as uint8, rounded.
[[nodiscard]] FLASHMOTION_EXPORT Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width);

/// Mean over the area that each new pixel covers: for shrinking. Types as above.
[[nodiscard]] FLASHMOTION_EXPORT Tensor resize_area(const Tensor& x, std::int64_t height, std::int64_t width);

/// The pixel below each new pixel's centre: for label maps. Any type.
[[nodiscard]] FLASHMOTION_EXPORT Tensor resize_nearest(const Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace flashmotion
