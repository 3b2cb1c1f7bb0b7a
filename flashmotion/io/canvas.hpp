#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/colour.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace flashmotion {

/// A place on a canvas in pixels: x runs right, y down, (0, 0) is the corner of the first pixel and
/// (0.5, 0.5) its centre.
struct CanvasPoint {
  double x = 0;
  double y = 0;
};

/// A picture to draw on, 8-bit RGB. What lies outside is cut off. `opacity` goes from 0 to 1.
class FLASHMOTION_EXPORT Canvas {
 public:
  /// Throws ShapeError when a side is not positive.
  Canvas(std::int64_t height, std::int64_t width, Colour background = {});
  /// A copy of a picture: uint8 [H, W, 3] or float [3, H, W] in [-1, 1].
  explicit Canvas(const Tensor& picture);
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;
  Canvas(Canvas&&) = default;
  Canvas& operator=(Canvas&&) = default;

  [[nodiscard]] std::int64_t height() const { return height_; }
  [[nodiscard]] std::int64_t width() const { return width_; }
  /// The picture so far, uint8 [H, W, 3]. Later drawing shows in it.
  [[nodiscard]] const Tensor& pixels() const { return pixels_; }
  [[nodiscard]] Colour at(std::int64_t y, std::int64_t x) const;

  void fill(Colour colour);
  /// Whole pixels, half open.
  void rectangle(std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1, Colour colour, double opacity = 1);
  /// The rim inside the rectangle, `thickness` pixels wide.
  void outline(std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1, Colour colour,
               std::int64_t thickness = 1, double opacity = 1);
  /// A line with round ends and a soft edge.
  void line(CanvasPoint from, CanvasPoint to, Colour colour, double thickness = 1, double opacity = 1);
  void polyline(std::span<const CanvasPoint> points, Colour colour, double thickness = 1, double opacity = 1);
  void disc(CanvasPoint centre, double radius, Colour colour, double opacity = 1);
  /// The built-in letters, each pixel enlarged `scale` times; (x, y) is the upper left corner.
  void text(std::int64_t x, std::int64_t y, std::string_view text, Colour colour, std::int64_t scale = 1,
            double opacity = 1);
  /// Puts a frame, uint8 [H, W, 3] or float [3, H, W] in [-1, 1], with its corner at (x, y), each
  /// pixel enlarged `scale` times.
  void blit(const Tensor& frame, std::int64_t x, std::int64_t y, std::int64_t scale = 1);

 private:
  void blend(std::int64_t y, std::int64_t x, Colour colour, double share);

  std::int64_t height_ = 0;
  std::int64_t width_ = 0;
  Tensor pixels_;  // [H, W, 3] uint8
  std::uint8_t* data_ = nullptr;
};

}  // namespace flashmotion
