#include "flashmotion/io/canvas.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/font.hpp"
#include "flashmotion/io/pixels.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace canvas_detail {

Tensor rgb8(const Tensor& picture) {
  if (picture.scalar_type() != at::kByte && picture.dim() == 3) return to_rgb8(picture);
  if (picture.scalar_type() != at::kByte || picture.dim() != 3 || picture.size(2) != 3) {
    throw ShapeError(fmt::format("a picture to draw has the shape [{}], expected uint8 [H, W, 3] or float [3, H, W]",
                                 fmt::join(picture.sizes(), ", ")));
  }
  return picture.to(at::kCPU);
}

double distance_to_segment(double x, double y, CanvasPoint a, CanvasPoint b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? std::clamp(((x - a.x) * dx + (y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(x - a.x - along * dx, y - a.y - along * dy);
}

std::int64_t clamp_pixel(double value, std::int64_t limit) {
  return static_cast<std::int64_t>(std::clamp(value, 0.0, static_cast<double>(limit)));
}

}  // namespace canvas_detail

Canvas::Canvas(std::int64_t height, std::int64_t width, Colour background) : height_(height), width_(width) {
  if (height < 1 || width < 1) throw ShapeError(fmt::format("a canvas cannot have {}x{} pixels", width, height));
  pixels_ = at::empty({height, width, 3}, at::kByte);
  data_ = pixels_.data_ptr<std::uint8_t>();
  fill(background);
}

Canvas::Canvas(const Tensor& picture) {
  pixels_ = canvas_detail::rgb8(picture).clone(at::MemoryFormat::Contiguous);
  height_ = pixels_.size(0);
  width_ = pixels_.size(1);
  data_ = pixels_.data_ptr<std::uint8_t>();
}

Colour Canvas::at(std::int64_t y, std::int64_t x) const {
  if (y < 0 || y >= height_ || x < 0 || x >= width_) {
    throw ShapeError(fmt::format("pixel ({}, {}) is outside a canvas of {}x{}", x, y, width_, height_));
  }
  const std::uint8_t* p = data_ + 3 * (y * width_ + x);
  return {p[0], p[1], p[2]};
}

void Canvas::blend(std::int64_t y, std::int64_t x, Colour colour, double share) {
  if (y < 0 || y >= height_ || x < 0 || x >= width_ || share <= 0) return;
  const double part = std::min(share, 1.0);
  std::uint8_t* p = data_ + 3 * (y * width_ + x);
  const std::uint8_t wanted[3] = {colour.red, colour.green, colour.blue};
  for (int c = 0; c < 3; ++c) p[c] = static_cast<std::uint8_t>(std::lround(p[c] + (wanted[c] - p[c]) * part));
}

void Canvas::fill(Colour colour) { rectangle(0, 0, width_, height_, colour); }

void Canvas::rectangle(std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1, Colour colour,
                       double opacity) {
  for (std::int64_t y = std::max<std::int64_t>(0, y0); y < std::min(height_, y1); ++y) {
    for (std::int64_t x = std::max<std::int64_t>(0, x0); x < std::min(width_, x1); ++x) blend(y, x, colour, opacity);
  }
}

void Canvas::outline(std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1, Colour colour,
                     std::int64_t thickness, double opacity) {
  if (x1 - x0 <= 2 * thickness || y1 - y0 <= 2 * thickness) return rectangle(x0, y0, x1, y1, colour, opacity);
  rectangle(x0, y0, x1, y0 + thickness, colour, opacity);
  rectangle(x0, y1 - thickness, x1, y1, colour, opacity);
  rectangle(x0, y0 + thickness, x0 + thickness, y1 - thickness, colour, opacity);
  rectangle(x1 - thickness, y0 + thickness, x1, y1 - thickness, colour, opacity);
}

void Canvas::line(CanvasPoint from, CanvasPoint to, Colour colour, double thickness, double opacity) {
  const double reach = thickness / 2 + 1;
  const std::int64_t left = canvas_detail::clamp_pixel(std::floor(std::min(from.x, to.x) - reach), width_);
  const std::int64_t right = canvas_detail::clamp_pixel(std::ceil(std::max(from.x, to.x) + reach), width_);
  const std::int64_t top = canvas_detail::clamp_pixel(std::floor(std::min(from.y, to.y) - reach), height_);
  const std::int64_t bottom = canvas_detail::clamp_pixel(std::ceil(std::max(from.y, to.y) + reach), height_);
  for (std::int64_t y = top; y < bottom; ++y) {
    for (std::int64_t x = left; x < right; ++x) {
      const double away =
          canvas_detail::distance_to_segment(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5, from, to);
      blend(y, x, colour, std::clamp(thickness / 2 + 0.5 - away, 0.0, 1.0) * opacity);
    }
  }
}

void Canvas::polyline(std::span<const CanvasPoint> points, Colour colour, double thickness, double opacity) {
  if (points.size() == 1) disc(points[0], thickness / 2, colour, opacity);
  for (std::size_t i = 1; i < points.size(); ++i) line(points[i - 1], points[i], colour, thickness, opacity);
}

void Canvas::disc(CanvasPoint centre, double radius, Colour colour, double opacity) {
  line(centre, centre, colour, 2 * radius, opacity);
}

void Canvas::text(std::int64_t x, std::int64_t y, std::string_view text, Colour colour, std::int64_t scale,
                  double opacity) {
  std::int64_t left = x;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;  // the rest of a UTF-8 character
    const Glyph& rows = glyph(c);
    for (std::int64_t row = 0; row < kGlyphHeight; ++row) {
      for (std::int64_t column = 0; column < kGlyphWidth; ++column) {
        if ((rows[static_cast<std::size_t>(row)] >> (kGlyphWidth - 1 - column) & 1U) == 0) continue;
        const std::int64_t px = left + column * scale;
        const std::int64_t py = y + row * scale;
        rectangle(px, py, px + scale, py + scale, colour, opacity);
      }
    }
    left += kGlyphAdvance * scale;
  }
}

void Canvas::blit(const Tensor& frame, std::int64_t x, std::int64_t y, std::int64_t scale) {
  const Tensor bytes = canvas_detail::rgb8(frame).contiguous();
  const auto* source = bytes.const_data_ptr<std::uint8_t>();
  const std::int64_t rows = bytes.size(0) * scale;
  const std::int64_t columns = bytes.size(1) * scale;
  for (std::int64_t py = std::max<std::int64_t>(0, -y); py < std::min(rows, height_ - y); ++py) {
    for (std::int64_t px = std::max<std::int64_t>(0, -x); px < std::min(columns, width_ - x); ++px) {
      const std::uint8_t* from = source + 3 * ((py / scale) * bytes.size(1) + px / scale);
      std::copy(from, from + 3, data_ + 3 * ((y + py) * width_ + x + px));
    }
  }
}

}  // namespace flashmotion
