#pragma once

#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/canvas.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace flashmotion::draw_detail {

/// A box in pixels of an enlarged frame.
struct PixelBox {
  double x0, y0, x1, y1;
  [[nodiscard]] bool empty() const { return !(x1 > x0 && y1 > y0); }
  [[nodiscard]] CanvasPoint centre() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
};

/// Boxes [K, F, 4] in pixels of a frame of width x height. Throws ShapeError unless F is `frames` and colours [K, 3]
/// fit.
[[nodiscard]] std::vector<std::vector<PixelBox>> pixel_boxes(std::int64_t frames, const Tensor& boxes,
                                                             const Tensor& colours, double width, double height);
[[nodiscard]] std::vector<Colour> object_colours(const Tensor& colours);

/// Throws ShapeError unless the clip is float [3, F, H, W] with pixels.
void expect_clip(const Tensor& clip, std::string_view name);

/// Rim of a box in a colour, with a dark edge so that it shows on every ground; (left, top) is the frame's corner.
void draw_box(Canvas& canvas, const PixelBox& box, Colour colour, std::int64_t thickness, std::int64_t left = 0,
              std::int64_t top = 0);

/// The way of a place up to frame `now`, older parts fainter, and a dot where it is now. Where it is none it is not
/// seen.
void draw_path(Canvas& canvas, const std::vector<std::optional<CanvasPoint>>& way, std::size_t now, Colour colour,
               double thickness);

/// The whole way with an arrow at its end, or a dot where it does not move.
void draw_whole_path(Canvas& canvas, const std::vector<std::optional<CanvasPoint>>& way, Colour colour,
                     double thickness);

/// A filled tag with a name above a box; below its upper edge where there is no room.
void draw_tag(Canvas& canvas, const PixelBox& box, std::string_view name, Colour colour, std::int64_t scale);

/// Black or white, whichever is easier to read on a colour.
[[nodiscard]] Colour ink_on(Colour ground);

}  // namespace flashmotion::draw_detail
