#include "flashmotion/trajectory/detail/draw.hpp"

#include "flashmotion/base/error.hpp"

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

std::vector<std::vector<PixelBox>> pixel_boxes(const Tensor& clip, const Tensor& boxes, const Tensor& colours,
                                               double width, double height) {
  if (boxes.dim() != 3 || boxes.size(1) != clip.size(1) || boxes.size(2) != 4 || colours.dim() != 2 ||
      colours.size(0) != boxes.size(0) || colours.size(1) != 3) {
    throw ShapeError(
        fmt::format("boxes [{}] and colours [{}] do not fit a clip of {} frames, expected [K, F, 4] and [K, 3]",
                    fmt::join(boxes.sizes(), ", "), fmt::join(colours.sizes(), ", "), clip.size(1)));
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

Colour ink_on(Colour ground) {
  const double light = 0.299 * ground.red + 0.587 * ground.green + 0.114 * ground.blue;
  return light > 140 ? Colour{12, 12, 16} : Colour{255, 255, 255};
}

}  // namespace flashmotion::draw_detail
