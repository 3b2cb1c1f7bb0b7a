#include "flashmotion/trajectory/render.hpp"

#include "flashmotion/io/canvas.hpp"
#include "flashmotion/trajectory/formats/magicmotion_colours.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace render_detail {

// The first pixel of an axis whose centre is not before a place.
std::int64_t first_pixel(double place, std::int64_t length) {
  const double edge = std::ceil(place * static_cast<double>(length) - 0.5);
  return static_cast<std::int64_t>(std::clamp(edge, 0.0, static_cast<double>(length)));
}

void fill_row(bool* row, std::int64_t width, double from, double to) {
  const std::int64_t begin = first_pixel(from, width);
  std::fill(row + begin, row + std::max(begin, first_pixel(to, width)), true);
}

void fill_polygon(bool* out, const std::vector<Place>& polygon, std::int64_t height, std::int64_t width) {
  std::vector<double> crossings;
  for (std::int64_t y = 0; y < height; ++y) {
    const double middle = (static_cast<double>(y) + 0.5) / static_cast<double>(height);
    crossings.clear();
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      const Place& a = polygon[i];
      const Place& b = polygon[(i + 1) % polygon.size()];
      if ((a[1] <= middle) == (b[1] <= middle)) continue;
      crossings.push_back(a[0] + (middle - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
    }
    std::sort(crossings.begin(), crossings.end());
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      fill_row(out + y * width, width, crossings[i], crossings[i + 1]);
    }
  }
}

// The mask's pixel under each pixel's centre.
void fill_mask(bool* out, const RleMask& rle, const Box& frame, std::int64_t height, std::int64_t width) {
  const Tensor mask = mask_of(rle);
  const bool* inside = mask.const_data_ptr<bool>();
  const auto source = [](std::int64_t i, std::int64_t length, double low, double high, std::int64_t count) {
    const double place = ((static_cast<double>(i) + 0.5) / static_cast<double>(length) - low) / (high - low);
    const double pixel = std::floor(place * static_cast<double>(count));
    return pixel >= 0 && pixel < static_cast<double>(count) ? static_cast<std::int64_t>(pixel) : std::int64_t{-1};
  };
  std::vector<std::int64_t> columns;
  for (std::int64_t x = 0; x < width; ++x) columns.push_back(source(x, width, frame[0], frame[2], rle.width));
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int64_t row = source(y, height, frame[1], frame[3], rle.height);
    for (std::int64_t x = 0; row >= 0 && x < width; ++x) {
      const std::int64_t column = columns[static_cast<std::size_t>(x)];
      out[y * width + x] = column >= 0 && inside[row * rle.width + column];
    }
  }
}

void fill_box(bool* out, const Box& box, std::int64_t height, std::int64_t width) {
  const std::int64_t end = first_pixel(box[3], height);
  for (std::int64_t y = first_pixel(box[1], height); y < end; ++y) fill_row(out + y * width, width, box[0], box[2]);
}

void paint(const Tensor& picture, const Tensor& mask, Colour colour) {
  auto* rgb = picture.data_ptr<std::uint8_t>();
  const bool* inside = mask.const_data_ptr<bool>();
  for (std::int64_t i = 0; i < mask.numel(); ++i, rgb += 3) {
    if (!inside[i]) continue;
    rgb[0] = colour.red;
    rgb[1] = colour.green;
    rgb[2] = colour.blue;
  }
}

void outline(Canvas& canvas, const Box& box, Colour colour) {
  const std::int64_t reach = magicmotion_thickness(canvas.height(), canvas.width()) / 2;
  const auto pixel = [](double place, std::int64_t length) {
    return static_cast<std::int64_t>(std::llround(place * static_cast<double>(length)));
  };
  canvas.outline(pixel(box[0], canvas.width()) - reach, pixel(box[1], canvas.height()) - reach,
                 pixel(box[2], canvas.width()) + reach + 1, pixel(box[3], canvas.height()) + reach + 1, colour,
                 2 * reach + 1);
}

}  // namespace render_detail

Tensor shape_mask(const ObjectSample& sample, std::int64_t height, std::int64_t width) {
  Tensor mask = at::zeros({height, width}, at::kBool);
  bool* out = mask.data_ptr<bool>();
  if (!sample.seen) return mask;
  if (sample.mask != nullptr) {
    render_detail::fill_mask(out, *sample.mask, *sample.mask_frame, height, width);
  } else if (!sample.polygon.empty()) {
    render_detail::fill_polygon(out, sample.polygon, height, width);
  } else if (sample.box) {
    render_detail::fill_box(out, *sample.box, height, width);
  }
  return mask;
}

MapPainter::MapPainter(const Trajectory& trajectory, MapStyle style) : trajectory_(trajectory), style_(style) {
  for (const TrajectoryObject& object : trajectory.objects) tracks_.emplace_back(trajectory, object);
}

Tensor MapPainter::frame(std::int64_t frame) const {
  Canvas canvas(trajectory_.height, trajectory_.width);
  for (std::size_t k = 0; k < tracks_.size(); ++k) {
    const TrajectoryObject& object = trajectory_.objects[k];
    ObjectSample sample = tracks_[k].at(static_cast<double>(frame));
    if (!sample.seen || !sample.box) continue;
    if (style_ == MapStyle::fill) {
      sample.mask = nullptr;
      sample.polygon.clear();
    }
    if (style_ == MapStyle::fill || style_ == MapStyle::mask || frame == 0) {
      render_detail::paint(canvas.pixels(), shape_mask(sample, canvas.height(), canvas.width()), object.colour);
      continue;
    }
    const bool keyed = std::any_of(object.keys.begin(), object.keys.end(), [&](const TrajectoryKey& key) {
      return key.frame == frame && (key.box || !key.polygon.empty() || !key.points.empty());
    });
    if (style_ == MapStyle::box || keyed) render_detail::outline(canvas, *sample.box, object.colour);
  }
  return canvas.pixels();
}

}  // namespace flashmotion
