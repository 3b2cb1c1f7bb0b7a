#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/canvas.hpp"
#include "flashmotion/trajectory/render.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// How a trajectory is drawn over a clip.
struct OverlayOptions {
  std::int64_t scale = 0;            // each pixel becomes scale x scale; 0 chooses for a side of about 256 pixels
  std::vector<std::string> names{};  // a tag for each object, empty for none
  bool path = true;                  // the way of each box's centre so far, fading
  std::int64_t from = 0;             // frames before the clip's first one, whose boxes are given too
};

/// An enlarged clip with each object's box, name and path drawn in its colour: `clip` float [3, F, H, W]
/// in [-1, 1], `boxes` [K, from + F, 4] normalised (an object whose box has no area in a frame is not drawn
/// there), `colours` [K, 3] in [0, 1]. Returns uint8 [F, H', W', 3]. Throws ShapeError when they do not fit.
[[nodiscard]] FLASHMOTION_EXPORT Tensor draw_overlay(const Tensor& clip, const Tensor& boxes, const Tensor& colours,
                                                     const OverlayOptions& options = {});

/// Draws a trajectory over pictures: each object's box, outline, mask or points, its name, and the way it went, fading.
/// The trajectory outlives it.
class FLASHMOTION_EXPORT OverlayPainter {
 public:
  /// `height` and `width` are the pictures'.
  OverlayPainter(const Trajectory& trajectory, std::int64_t height, std::int64_t width);

  /// A copy of a picture, uint8 [H, W, 3], with what is seen in a frame of the trajectory.
  [[nodiscard]] Tensor frame(const Tensor& ground, std::int64_t frame) const;
  /// The whole trajectory in one picture: objects where they are first seen, the whole way with an arrow at its end,
  /// and a thin box where they are last.
  [[nodiscard]] Tensor still(const Tensor& ground) const;

 private:
  static constexpr std::size_t kMostPoints = 64;  // of one object, whose ways are drawn

  struct Way {
    std::vector<ObjectSample> samples;                            // by frame
    std::vector<std::vector<std::optional<CanvasPoint>>> places;  // of the box's middle, or of each point; by frame
    bool boxed = false;
  };

  void draw_shape(Canvas& canvas, std::size_t k, std::int64_t frame) const;
  void draw_name(Canvas& canvas, std::size_t k, std::int64_t frame) const;
  [[nodiscard]] std::int64_t first_seen(std::size_t k) const;

  const Trajectory& trajectory_;
  std::int64_t height_;
  std::int64_t width_;
  std::vector<Way> ways_;
};

/// One row of a contact sheet.
struct SheetRow {
  std::string label;
  Tensor clip;                          // [3, F, H, W] float in [-1, 1]
  Tensor boxes;                         // [K, F, 4] normalised, or undefined
  Tensor colours;                       // [K, 3] in [0, 1], or undefined
  std::vector<std::int64_t> numbers{};  // of the frames, for the first row of a sheet; empty: from 0
};

/// Rows of frames beside their labels, on dark ground: `columns` frames of each clip, spread evenly
/// from the first to the last (0: all), each pixel enlarged `scale` times (0 chooses for about 96 pixels a side).
/// Returns uint8 [H, W, 3]. Throws ShapeError when there is no row or a clip's shape is wrong.
[[nodiscard]] FLASHMOTION_EXPORT Tensor contact_sheet(const std::vector<SheetRow>& rows, std::int64_t columns = 0,
                                                      std::int64_t scale = 0);

}  // namespace flashmotion
