#include "flashmotion/trajectory/overlay.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/canvas.hpp"
#include "flashmotion/io/font.hpp"
#include "flashmotion/trajectory/detail/draw.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace overlay_detail {

using draw_detail::PixelBox;

constexpr std::int64_t kSide = 256;  // pixels that the longer side has about, when we choose
constexpr std::size_t kTail = 12;    // frames that the path stays visible
constexpr double kFaintest = 0.15;

// The way of the centre up to frame `now`, older parts fainter.
void draw_path(Canvas& canvas, const std::vector<PixelBox>& boxes, std::size_t now, Colour colour, double thickness) {
  const std::size_t first = now > kTail ? now - kTail : 0;
  const auto seen = [&](std::size_t t) { return !boxes[t].empty(); };
  const auto trace = [&](Colour ink, double width, double strength) {
    for (std::size_t t = first + 1; t <= now; ++t) {
      if (!seen(t) || !seen(t - 1)) continue;
      const double age = static_cast<double>(now - t) / static_cast<double>(kTail);
      canvas.line(boxes[t - 1].centre(), boxes[t].centre(), ink, width,
                  strength * (kFaintest + (1 - kFaintest) * (1 - age)));
    }
  };
  trace({}, thickness + 2, 0.45);
  trace(colour, thickness, 1.0);
  if (!seen(now)) return;
  canvas.disc(boxes[now].centre(), thickness * 1.4 + 1, {}, 0.6);
  canvas.disc(boxes[now].centre(), thickness * 1.4, colour);
}

// A filled tag above the box; below its upper edge where there is no room.
void draw_tag(Canvas& canvas, const PixelBox& box, const std::string& name, Colour colour, std::int64_t scale) {
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
  canvas.text(x + pad, y + pad, name, draw_detail::ink_on(colour), scale);
}

}  // namespace overlay_detail

Tensor draw_overlay(const Tensor& clip, const Tensor& boxes, const Tensor& colours, const OverlayOptions& options) {
  draw_detail::expect_clip(clip, "the clip for an overlay");
  const std::int64_t longer = std::max(clip.size(2), clip.size(3));
  const std::int64_t scale =
      options.scale > 0 ? options.scale : std::max<std::int64_t>(1, overlay_detail::kSide / longer);
  const std::int64_t height = clip.size(2) * scale;
  const std::int64_t width = clip.size(3) * scale;
  const auto pixels =
      draw_detail::pixel_boxes(clip, boxes, colours, static_cast<double>(width), static_cast<double>(height));
  const std::vector<Colour> inks = draw_detail::object_colours(colours);
  if (!options.names.empty() && options.names.size() != inks.size()) {
    throw ShapeError(fmt::format("an overlay of {} objects has {} names", inks.size(), options.names.size()));
  }
  const std::int64_t thickness = std::clamp<std::int64_t>(std::min(height, width) / 128, 1, 6);
  const std::int64_t letters = std::clamp<std::int64_t>(std::min(height, width) / 160, 1, 4);

  std::vector<Tensor> frames;
  for (std::int64_t t = 0; t < clip.size(1); ++t) {
    Canvas canvas(height, width);
    canvas.blit(clip.select(1, t), 0, 0, scale);
    const auto now = static_cast<std::size_t>(t);
    for (std::size_t k = 0; k < inks.size(); ++k) {
      if (options.path) overlay_detail::draw_path(canvas, pixels[k], now, inks[k], static_cast<double>(thickness));
    }
    for (std::size_t k = 0; k < inks.size(); ++k) draw_detail::draw_box(canvas, pixels[k][now], inks[k], thickness);
    for (std::size_t k = 0; k < options.names.size(); ++k) {
      overlay_detail::draw_tag(canvas, pixels[k][now], options.names[k], inks[k], letters);
    }
    frames.push_back(canvas.pixels());
  }
  return at::stack(frames);
}

}  // namespace flashmotion
