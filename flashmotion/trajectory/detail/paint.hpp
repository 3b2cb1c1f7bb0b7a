#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <optional>

// How control maps are painted. All give the same numbers, [B, 3, F, H, W] float32: each pixel has the paint of the
// last valid object over it, or -1. `valid` is [B, K], `paints` [B, K, 3] float32. Shapes have been checked.

namespace flashmotion::paint {

/// Centres of the pixels along an axis, normalised, on the device and in the type of `like`.
[[nodiscard]] Tensor centres(std::int64_t count, const Tensor& like);

/// On the CPU, in one pass over the maps: `boxes` [B, K, F, 4].
[[nodiscard]] Tensor paint_boxes(const Tensor& boxes, const Tensor& valid, const Tensor& paints, std::int64_t height,
                                 std::int64_t width);
/// `masks` [B, K, F, H, W].
[[nodiscard]] Tensor paint_masks(const Tensor& masks, const Tensor& valid, const Tensor& paints);

/// The same by a kernel of ours; none where it does not apply.
[[nodiscard]] std::optional<Tensor> paint_boxes_on_gpu(const Tensor& boxes, const Tensor& valid, const Tensor& paints,
                                                       std::int64_t height, std::int64_t width);
[[nodiscard]] std::optional<Tensor> paint_masks_on_gpu(const Tensor& masks, const Tensor& valid, const Tensor& paints);

}  // namespace flashmotion::paint
