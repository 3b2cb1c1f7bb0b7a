#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// How a trajectory is drawn over a clip.
struct OverlayOptions {
  std::int64_t scale = 0;            // each pixel becomes scale x scale; 0 chooses for a side of about 256 pixels
  std::vector<std::string> names{};  // a tag for each object, empty for none
  bool path = true;                  // the way of each box's centre so far, fading
};

/// An enlarged clip with each object's box, name and path drawn in its colour: `clip` float [3, F, H, W]
/// in [-1, 1], `boxes` [K, F, 4] normalised (an object whose box has no area in a frame is not drawn
/// there), `colours` [K, 3] in [0, 1]. Returns uint8 [F, H', W', 3]. Throws ShapeError when they do not fit.
[[nodiscard]] FLASHMOTION_EXPORT Tensor draw_overlay(const Tensor& clip, const Tensor& boxes, const Tensor& colours,
                                                     const OverlayOptions& options = {});

/// One row of a contact sheet.
struct SheetRow {
  std::string label;
  Tensor clip;     // [3, F, H, W] float in [-1, 1]
  Tensor boxes;    // [K, F, 4] normalised, or undefined
  Tensor colours;  // [K, 3] in [0, 1], or undefined
};

/// Rows of frames beside their labels, on dark ground: `columns` frames of each clip, spread evenly
/// from the first to the last (0: all), each pixel enlarged `scale` times (0 chooses for about 96 pixels a side).
/// Returns uint8 [H, W, 3]. Throws ShapeError when there is no row or a clip's shape is wrong.
[[nodiscard]] FLASHMOTION_EXPORT Tensor contact_sheet(const std::vector<SheetRow>& rows, std::int64_t columns = 0,
                                                      std::int64_t scale = 0);

}  // namespace flashmotion
