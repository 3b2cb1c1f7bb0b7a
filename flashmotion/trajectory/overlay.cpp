#include "flashmotion/trajectory/overlay.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/canvas.hpp"
#include "flashmotion/io/font.hpp"
#include "flashmotion/trajectory/detail/draw.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace flashmotion {
namespace overlay_detail {

using draw_detail::PixelBox;

constexpr std::int64_t kSide = 256;  // pixels that the longer side has about, when we choose

// Pixels that lines and letters are wide, by the size of a picture.
std::int64_t line_width(std::int64_t height, std::int64_t width) {
  return std::clamp<std::int64_t>(std::min(height, width) / 128, 1, 6);
}
std::int64_t letter_scale(std::int64_t height, std::int64_t width) {
  return std::clamp<std::int64_t>(std::min(height, width) / 160, 1, 4);
}

CanvasPoint on_canvas(const Place& place, std::int64_t height, std::int64_t width) {
  return {place[0] * static_cast<double>(width), place[1] * static_cast<double>(height)};
}

PixelBox pixel_box(const Box& box, std::int64_t height, std::int64_t width) {
  const CanvasPoint low = on_canvas({box[0], box[1]}, height, width);
  const CanvasPoint high = on_canvas({box[2], box[3]}, height, width);
  return {low.x, low.y, high.x, high.y};
}

void tint(const Tensor& picture, const Tensor& mask, Colour colour) {
  constexpr int kShare = 3;  // a third of the colour
  auto* rgb = picture.data_ptr<std::uint8_t>();
  const bool* inside = mask.const_data_ptr<bool>();
  const std::array<std::uint8_t, 3> ink{colour.red, colour.green, colour.blue};
  for (std::int64_t i = 0; i < mask.numel(); ++i, rgb += 3) {
    if (!inside[i]) continue;
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>((rgb[c] * (kShare - 1) + ink[c]) / kShare);
  }
}

}  // namespace overlay_detail

OverlayPainter::OverlayPainter(const Trajectory& trajectory, std::int64_t height, std::int64_t width)
    : trajectory_(trajectory), height_(height), width_(width) {
  for (const TrajectoryObject& object : trajectory.objects) {
    const ObjectTrack track(trajectory, object);
    Way way;
    // A square stands for points where a box is needed; here the points are enough.
    way.boxed = std::any_of(object.keys.begin(), object.keys.end(), [](const TrajectoryKey& key) {
      return key.box || key.mask.given() || !key.polygon.empty();
    });
    for (std::int64_t t = 0; t < trajectory.frames; ++t) {
      way.samples.push_back(track.at(static_cast<double>(t)));
      const ObjectSample& sample = way.samples.back();
      const std::size_t points = way.boxed ? 1 : std::min(sample.points.size(), kMostPoints);
      way.places.resize(std::max(way.places.size(), points));
      for (std::size_t i = 0; i < points; ++i) {
        auto& places = way.places[i];
        places.resize(static_cast<std::size_t>(t));
        if (way.boxed && sample.box) {
          const Box& box = *sample.box;
          places.emplace_back(overlay_detail::on_canvas({(box[0] + box[2]) / 2, (box[1] + box[3]) / 2}, height, width));
        } else if (!way.boxed) {
          places.emplace_back(overlay_detail::on_canvas(sample.points[i], height, width));
        }
      }
    }
    for (auto& places : way.places) places.resize(static_cast<std::size_t>(trajectory.frames));
    ways_.push_back(std::move(way));
  }
}

void OverlayPainter::draw_shape(Canvas& canvas, std::size_t k, std::int64_t frame) const {
  const ObjectSample& sample = ways_[k].samples[static_cast<std::size_t>(frame)];
  if (!sample.seen || !ways_[k].boxed) return;
  const Colour colour = trajectory_.objects[k].colour;
  const std::int64_t thickness = overlay_detail::line_width(height_, width_);
  if (sample.mask != nullptr) overlay_detail::tint(canvas.pixels(), shape_mask(sample, height_, width_), colour);
  if (!sample.polygon.empty()) {
    std::vector<CanvasPoint> corners;
    for (const Place& place : sample.polygon) corners.push_back(overlay_detail::on_canvas(place, height_, width_));
    corners.push_back(corners.front());
    canvas.polyline(corners, colour, static_cast<double>(thickness));
  }
  if (sample.box)
    draw_detail::draw_box(canvas, overlay_detail::pixel_box(*sample.box, height_, width_), colour, thickness);
}

void OverlayPainter::draw_name(Canvas& canvas, std::size_t k, std::int64_t frame) const {
  const ObjectSample& sample = ways_[k].samples[static_cast<std::size_t>(frame)];
  if (!sample.seen || !sample.box) return;
  const TrajectoryObject& object = trajectory_.objects[k];
  draw_detail::draw_tag(canvas, overlay_detail::pixel_box(*sample.box, height_, width_), object.name, object.colour,
                        overlay_detail::letter_scale(height_, width_));
}

Tensor OverlayPainter::frame(const Tensor& ground, std::int64_t frame) const {
  Canvas canvas(ground);
  const auto thickness = static_cast<double>(overlay_detail::line_width(height_, width_));
  for (std::size_t k = 0; k < ways_.size(); ++k) {
    for (const auto& places : ways_[k].places) {
      draw_detail::draw_path(canvas, places, static_cast<std::size_t>(frame), trajectory_.objects[k].colour, thickness);
    }
  }
  for (std::size_t k = 0; k < ways_.size(); ++k) draw_shape(canvas, k, frame);
  for (std::size_t k = 0; k < ways_.size(); ++k) draw_name(canvas, k, frame);
  return canvas.pixels();
}

Tensor OverlayPainter::still(const Tensor& ground) const {
  Canvas canvas(ground);
  const auto thickness = static_cast<double>(overlay_detail::line_width(height_, width_));
  const std::int64_t last = trajectory_.frames - 1;
  for (std::size_t k = 0; k < ways_.size(); ++k) {
    const Colour colour = trajectory_.objects[k].colour;
    const ObjectSample& final = ways_[k].samples[static_cast<std::size_t>(last)];
    if (final.seen && final.box && ways_[k].boxed) {
      const draw_detail::PixelBox box = overlay_detail::pixel_box(*final.box, height_, width_);
      canvas.outline(std::llround(box.x0), std::llround(box.y0), std::llround(box.x1), std::llround(box.y1), colour,
                     std::max<std::int64_t>(1, static_cast<std::int64_t>(thickness) / 2), 0.6);
    }
    for (const auto& places : ways_[k].places) draw_detail::draw_whole_path(canvas, places, colour, thickness);
  }
  for (std::size_t k = 0; k < ways_.size(); ++k) draw_shape(canvas, k, first_seen(k));
  for (std::size_t k = 0; k < ways_.size(); ++k) draw_name(canvas, k, first_seen(k));
  return canvas.pixels();
}

std::int64_t OverlayPainter::first_seen(std::size_t k) const {
  const auto& samples = ways_[k].samples;
  const auto found = std::find_if(samples.begin(), samples.end(), [](const ObjectSample& s) { return s.seen; });
  return found == samples.end() ? 0 : found - samples.begin();
}

Tensor draw_overlay(const Tensor& clip, const Tensor& boxes, const Tensor& colours, const OverlayOptions& options) {
  draw_detail::expect_clip(clip, "the clip for an overlay");
  const std::int64_t longer = std::max(clip.size(2), clip.size(3));
  const std::int64_t scale =
      options.scale > 0 ? options.scale : std::max<std::int64_t>(1, overlay_detail::kSide / longer);
  const std::int64_t height = clip.size(2) * scale;
  const std::int64_t width = clip.size(3) * scale;
  const auto pixels = draw_detail::pixel_boxes(options.from + clip.size(1), boxes, colours, static_cast<double>(width),
                                               static_cast<double>(height));
  const std::vector<Colour> inks = draw_detail::object_colours(colours);
  if (!options.names.empty() && options.names.size() != inks.size()) {
    throw ShapeError(fmt::format("an overlay of {} objects has {} names", inks.size(), options.names.size()));
  }
  const std::int64_t thickness = overlay_detail::line_width(height, width);
  const std::int64_t letters = overlay_detail::letter_scale(height, width);
  std::vector<std::vector<std::optional<CanvasPoint>>> ways;
  for (const auto& boxes_of_object : pixels) {
    ways.emplace_back();
    for (const draw_detail::PixelBox& box : boxes_of_object)
      ways.back().push_back(box.empty() ? std::nullopt : std::optional(box.centre()));
  }

  std::vector<Tensor> frames;
  for (std::int64_t t = 0; t < clip.size(1); ++t) {
    Canvas canvas(height, width);
    canvas.blit(clip.select(1, t), 0, 0, scale);
    const auto now = static_cast<std::size_t>(options.from + t);
    for (std::size_t k = 0; k < inks.size(); ++k) {
      if (options.path) draw_detail::draw_path(canvas, ways[k], now, inks[k], static_cast<double>(thickness));
    }
    for (std::size_t k = 0; k < inks.size(); ++k) draw_detail::draw_box(canvas, pixels[k][now], inks[k], thickness);
    for (std::size_t k = 0; k < options.names.size(); ++k) {
      draw_detail::draw_tag(canvas, pixels[k][now], options.names[k], inks[k], letters);
    }
    frames.push_back(canvas.pixels());
  }
  return at::stack(frames);
}

}  // namespace flashmotion
