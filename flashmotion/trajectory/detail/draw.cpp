#include "flashmotion/trajectory/detail/draw.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/font.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace flashmotion::draw_detail {

void expect_clip(const Tensor& clip, std::string_view name) {
  if (!clip.defined() || clip.dim() != 4 || clip.size(0) != 3 || clip.numel() == 0 || !clip.is_floating_point()) {
    throw ShapeError(fmt::format("{} has the shape [{}], expected float [3, F, H, W]", name,
                                 clip.defined() ? fmt::format("{}", fmt::join(clip.sizes(), ", ")) : "none"));
  }
}

std::vector<std::vector<PixelBox>> pixel_boxes(std::int64_t frames, const Tensor& boxes, const Tensor& colours,
                                               double width, double height) {
  if (boxes.dim() != 3 || boxes.size(1) != frames || boxes.size(2) != 4 || colours.dim() != 2 ||
      colours.size(0) != boxes.size(0) || colours.size(1) != 3) {
    throw ShapeError(
        fmt::format("boxes [{}] and colours [{}] do not fit a clip of {} frames, expected [K, F, 4] and [K, 3]",
                    fmt::join(boxes.sizes(), ", "), fmt::join(colours.sizes(), ", "), frames));
  }
  const Tensor flat = boxes.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* value = flat.const_data_ptr<double>();
  std::vector<std::vector<PixelBox>> all(static_cast<std::size_t>(boxes.size(0)));
  for (auto& object : all) {
    for (std::int64_t t = 0; t < boxes.size(1); ++t, value += 4) {
      object.push_back({value[0] * width, value[1] * height, value[2] * width, value[3] * height});
    }
  }
  return all;
}

std::vector<Colour> object_colours(const Tensor& colours) {
  const Tensor flat = colours.detach().to(at::kCPU, at::kDouble).mul(255.0).round().clamp(0, 255).contiguous();
  const double* value = flat.const_data_ptr<double>();
  std::vector<Colour> all;
  for (std::int64_t k = 0; k < colours.size(0); ++k, value += 3) {
    all.push_back({static_cast<std::uint8_t>(value[0]), static_cast<std::uint8_t>(value[1]),
                   static_cast<std::uint8_t>(value[2])});
  }
  return all;
}

void draw_box(Canvas& canvas, const PixelBox& box, Colour colour, std::int64_t thickness, std::int64_t left,
              std::int64_t top) {
  if (box.empty()) return;
  const std::int64_t x0 = left + std::llround(box.x0);
  const std::int64_t y0 = top + std::llround(box.y0);
  const std::int64_t x1 = left + std::llround(box.x1);
  const std::int64_t y1 = top + std::llround(box.y1);
  canvas.outline(x0 - 1, y0 - 1, x1 + 1, y1 + 1, {}, 1, 0.55);
  canvas.outline(x0 + thickness, y0 + thickness, x1 - thickness, y1 - thickness, {}, 1, 0.35);
  canvas.outline(x0, y0, x1, y1, colour, thickness);
}

void draw_path(Canvas& canvas, const std::vector<std::optional<CanvasPoint>>& way, std::size_t now, Colour colour,
               double thickness) {
  constexpr std::size_t kTail = 12;  // frames that the path stays visible
  constexpr double kFaintest = 0.15;
  const std::size_t first = now > kTail ? now - kTail : 0;
  const auto trace = [&](Colour ink, double width, double strength) {
    for (std::size_t t = first + 1; t <= now; ++t) {
      if (!way[t] || !way[t - 1]) continue;
      const double age = static_cast<double>(now - t) / static_cast<double>(kTail);
      canvas.line(*way[t - 1], *way[t], ink, width, strength * (kFaintest + (1 - kFaintest) * (1 - age)));
    }
  };
  trace({}, thickness + 2, 0.45);
  trace(colour, thickness, 1.0);
  if (!way[now]) return;
  canvas.disc(*way[now], thickness * 1.4 + 1, {}, 0.6);
  canvas.disc(*way[now], thickness * 1.4, colour);
}

void draw_whole_path(Canvas& canvas, const std::vector<std::optional<CanvasPoint>>& way, Colour colour,
                     double thickness) {
  const auto trace = [&](Colour ink, double width, double strength) {
    for (std::size_t t = 1; t < way.size(); ++t) {
      if (way[t] && way[t - 1]) canvas.line(*way[t - 1], *way[t], ink, width, strength);
    }
  };
  trace({}, thickness + 2, 0.45);
  trace(colour, thickness, 1.0);
  // The arrow points where the last steps go that are long enough to show a direction.
  std::optional<CanvasPoint> tip;
  for (std::size_t t = way.size(); t > 0; --t) {
    if (!way[t - 1]) continue;
    if (!tip) {
      tip = way[t - 1];
      continue;
    }
    const double x = way[t - 1]->x - tip->x;
    const double y = way[t - 1]->y - tip->y;
    const double length = std::hypot(x, y);
    if (length < 3 * thickness) continue;
    constexpr double kSpread = 0.5;  // of the arrow's sides
    const double size = 5 * thickness / length;
    for (const double side : {-kSpread, kSpread}) {
      const CanvasPoint end{tip->x + (x - side * y) * size, tip->y + (y + side * x) * size};
      canvas.line(*tip, end, {}, thickness + 2, 0.45);
      canvas.line(*tip, end, colour, thickness);
    }
    return;
  }
  if (tip) canvas.disc(*tip, thickness * 1.4, colour);
}

void draw_tag(Canvas& canvas, const PixelBox& box, std::string_view name, Colour colour, std::int64_t scale) {
  if (name.empty() || box.empty()) return;
  const std::int64_t pad = 2 * scale;
  const std::int64_t width = text_width(name) * scale + 2 * pad;
  const std::int64_t height = kGlyphHeight * scale + 2 * pad;
  const std::int64_t right = std::max<std::int64_t>(0, canvas.width() - width);
  const std::int64_t x = std::clamp<std::int64_t>(static_cast<std::int64_t>(box.x0), 0, right);
  std::int64_t y = static_cast<std::int64_t>(box.y0) - height;
  if (y < 0) y = std::max<std::int64_t>(0, static_cast<std::int64_t>(box.y0));
  y = std::min(y, std::max<std::int64_t>(0, canvas.height() - height));
  canvas.rectangle(x, y, x + width, y + height, colour, 0.9);
  canvas.text(x + pad, y + pad, name, ink_on(colour), scale);
}

Colour ink_on(Colour ground) {
  const double light = 0.299 * ground.red + 0.587 * ground.green + 0.114 * ground.blue;
  return light > 140 ? Colour{12, 12, 16} : Colour{255, 255, 255};
}

}  // namespace flashmotion::draw_detail
