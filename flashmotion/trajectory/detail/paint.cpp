#include "flashmotion/trajectory/detail/paint.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace flashmotion::paint {
namespace paint_detail {

// The maps, row by row: what is done with a row of one channel does not touch another.
class Rows {
 public:
  Rows(const Tensor& maps, const Tensor& paints)
      : maps_(maps.mutable_data_ptr<float>()),
        frames_(maps.size(2)),
        height_(maps.size(3)),
        width_(maps.size(4)),
        paints_(paints.contiguous()),
        paint_(paints_.const_data_ptr<float>()) {}

  // Calls `paint(clip, frame, y, c, row)` for all rows of all channels, which are -1 then.
  template <class Paint>
  void each(std::int64_t clips, Paint paint) const {
    constexpr std::int64_t kNumbers = 1 << 15;  // for a thread, at least
    if (width_ == 0) return;
    at::parallel_for(0, clips * frames_ * height_, 1 + kNumbers / width_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t y = i % height_, frame = i / height_ % frames_, clip = i / height_ / frames_;
        for (std::int64_t c = 0; c < 3; ++c) {
          float* row = maps_ + (((clip * 3 + c) * frames_ + frame) * height_ + y) * width_;
          std::fill_n(row, width_, -1.0F);
          paint(clip, frame, y, c, row);
        }
      }
    });
  }
  [[nodiscard]] float paint(std::int64_t object, std::int64_t c) const { return paint_[object * 3 + c]; }

 private:
  float* maps_;
  std::int64_t frames_, height_, width_;
  Tensor paints_;
  const float* paint_;
};

Tensor empty_maps(const Tensor& valid, std::int64_t frames, std::int64_t height, std::int64_t width) {
  return at::empty({valid.size(0), 3, frames, height, width}, valid.options().dtype(at::kFloat));
}

// Pixels along an axis.
struct Span {
  std::int64_t begin = 0, end = 0;
};

// Those whose centre lies in [low, high). Centres rise, and numbers of all types are exact in float64.
Span span(const std::vector<double>& centres, double low, double high) {
  if (std::isnan(low) || std::isnan(high)) return {};
  const auto first = [&](double side) {
    return std::lower_bound(centres.begin(), centres.end(), side) - centres.begin();
  };
  return {first(low), first(high)};
}

std::vector<double> numbers(const Tensor& tensor) {
  const Tensor wide = tensor.to(at::kDouble).contiguous();
  return {wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + wide.numel()};
}

}  // namespace paint_detail

using namespace paint_detail;

Tensor centres(std::int64_t count, const Tensor& like) {
  // On the CPU: a GPU divides by a number in another way, which moves some centres by a rounding.
  return at::arange(count, like.options().device(at::kCPU)).add(0.5).div(static_cast<double>(count)).to(like.device());
}

Tensor paint_boxes(const Tensor& boxes, const Tensor& valid, const Tensor& paints, std::int64_t height,
                   std::int64_t width) {
  struct Rectangle {
    Span x, y;
  };
  const std::int64_t objects = boxes.size(1), frames = boxes.size(2);
  const std::vector<double> x = numbers(centres(width, boxes)), y = numbers(centres(height, boxes));
  const std::vector<double> sides = numbers(boxes), seen = numbers(valid);
  std::vector<Rectangle> rectangles(sides.size() / 4);  // [B, K, F]
  for (std::size_t i = 0; i < rectangles.size(); ++i) {
    if (seen[i / static_cast<std::size_t>(frames)] == 0) continue;
    const double* side = sides.data() + i * 4;
    rectangles[i] = {span(x, side[0], side[2]), span(y, side[1], side[3])};
  }
  Tensor maps = empty_maps(valid, frames, height, width);
  const Rows rows(maps, paints);
  rows.each(boxes.size(0), [&](std::int64_t clip, std::int64_t frame, std::int64_t row, std::int64_t c, float* to) {
    for (std::int64_t k = clip * objects; k < (clip + 1) * objects; ++k) {
      const Rectangle& r = rectangles[static_cast<std::size_t>(k * frames + frame)];
      if (row < r.y.begin || row >= r.y.end || r.x.begin >= r.x.end) continue;
      std::fill(to + r.x.begin, to + r.x.end, rows.paint(k, c));
    }
  });
  return maps;
}

Tensor paint_masks(const Tensor& masks, const Tensor& valid, const Tensor& paints) {
  const std::int64_t objects = masks.size(1), frames = masks.size(2), height = masks.size(3), width = masks.size(4);
  const Tensor cover = masks.to(at::kBool).contiguous();
  const bool* all = cover.const_data_ptr<bool>();
  const std::vector<double> seen = numbers(valid);
  Tensor maps = empty_maps(valid, frames, height, width);
  const Rows rows(maps, paints);
  rows.each(masks.size(0), [&](std::int64_t clip, std::int64_t frame, std::int64_t y, std::int64_t c, float* to) {
    for (std::int64_t k = clip * objects; k < (clip + 1) * objects; ++k) {
      if (seen[static_cast<std::size_t>(k)] == 0) continue;
      const bool* mask = all + ((k * frames + frame) * height + y) * width;
      const void* first = std::memchr(mask, 1, static_cast<std::size_t>(width));
      if (first == nullptr) continue;
      const float paint = rows.paint(k, c);
      for (std::int64_t i = static_cast<const bool*>(first) - mask; i < width; ++i) to[i] = mask[i] ? paint : to[i];
    }
  });
  return maps;
}

}  // namespace flashmotion::paint
