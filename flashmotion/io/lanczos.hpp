#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// A part of a picture that was resized as a whole.
struct ResizeWindow {
  std::int64_t height = 0;  // of the whole resized picture
  std::int64_t width = 0;
  std::int64_t top = 0;  // where the part begins
  std::int64_t left = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// Resizes uint8 [H, W, 3] with the Lanczos filter of three lobes, widened where it shrinks, in the arithmetic of
/// Pillow: columns first, weights of 22 bits, rounded to bytes between the passes. Only the window is computed, so the
/// whole may be as large as it likes. Returns uint8 [rows, columns, 3]. Throws ShapeError when something does not fit.
[[nodiscard]] FLASHMOTION_EXPORT Tensor resize_lanczos(const Tensor& rgb, const ResizeWindow& window);

}  // namespace flashmotion
