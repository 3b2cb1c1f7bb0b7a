#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/core/trajectory_request.hpp"

#include <cstdint>

namespace flashmotion {

/// What is drawn for an object: its visible pixels, or its filled box.
enum class ControlKind { mask, box };

/// What an encoder is asked to draw of a batch of clips.
[[nodiscard]] FLASHMOTION_EXPORT TrajectoryRequest trajectory_request(const ClipBatch& clips, ControlKind kind);

/// Control maps: each object filled in its colour on black in every frame, the first one too; later objects on top.
/// `masks` [B, K, F, H, W] bool, `valid` [B, K] bool, `colours` [B, K, 3] in [0, 1]. Returns [B, 3, F, H, W] float32 in
/// [-1, 1], black is -1. Throws ShapeError when they do not fit.
[[nodiscard]] FLASHMOTION_EXPORT Tensor draw_control_maps(const Tensor& masks, const Tensor& valid,
                                                          const Tensor& colours);

/// The same from boxes: `boxes` [B, K, F, 4] normalised and half open (a pixel is filled when its
/// centre lies inside), `valid` [B, K] bool, `colours` [B, K, 3] in [0, 1]. Throws ShapeError when they do not fit.
[[nodiscard]] FLASHMOTION_EXPORT Tensor draw_control_maps(const Tensor& boxes, const Tensor& valid,
                                                          const Tensor& colours, std::int64_t height,
                                                          std::int64_t width);

/// Pixels whose centre lies in a box: [..., 4] becomes bool [..., H, W].
[[nodiscard]] FLASHMOTION_EXPORT Tensor box_masks(const Tensor& boxes, std::int64_t height, std::int64_t width);

}  // namespace flashmotion
