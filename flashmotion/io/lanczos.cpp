#include "flashmotion/io/lanczos.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace flashmotion {
namespace lanczos_detail {

constexpr double kLobes = 3.0;
constexpr int kBits = 22;  // of a weight behind the point

double kernel(double x) {
  if (x <= -kLobes || x >= kLobes) return 0.0;
  if (x == 0.0) return 1.0;
  const double a = std::numbers::pi * x;
  const double b = a / kLobes;
  return std::sin(a) / a * (std::sin(b) / b);
}

std::int64_t rounded_place(double x) { return static_cast<std::int64_t>(std::floor(x + 0.5)); }

// What one new pixel is made of.
struct Taps {
  std::int64_t begin = 0;            // first old pixel
  std::vector<std::int32_t> weight;  // of it and those behind it
};

std::vector<Taps> taps(std::int64_t from, std::int64_t to, std::int64_t first, std::int64_t count) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double wide = std::max(scale, 1.0);
  const double support = kLobes * wide;
  std::vector<Taps> all;
  std::vector<double> exact;
  for (std::int64_t i = first; i < first + count; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    Taps one;
    one.begin = std::max<std::int64_t>(0, rounded_place(centre - support));
    const std::int64_t end = std::min(from, rounded_place(centre + support));
    exact.clear();
    double sum = 0.0;
    for (std::int64_t j = one.begin; j < end; ++j) {
      exact.push_back(kernel((static_cast<double>(j) - centre + 0.5) / wide));
      sum += exact.back();
    }
    for (const double weight : exact) {
      one.weight.push_back(static_cast<std::int32_t>(std::lround(weight / sum * (1 << kBits))));
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::uint8_t rounded(std::int64_t sum) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>((sum + (1 << (kBits - 1))) >> kBits, 0, 255));
}

}  // namespace lanczos_detail

Tensor resize_lanczos(const Tensor& rgb, const ResizeWindow& w) {
  using namespace lanczos_detail;
  const bool inside = w.top >= 0 && w.left >= 0 && w.rows > 0 && w.columns > 0 && w.top + w.rows <= w.height &&
                      w.left + w.columns <= w.width;
  if (rgb.dim() != 3 || rgb.size(2) != 3 || rgb.scalar_type() != at::kByte || rgb.numel() == 0 || !inside) {
    throw ShapeError(fmt::format("a picture [{}] cannot be resized to rows {} to {} of {} and columns {} to {} of {}",
                                 fmt::join(rgb.sizes(), ", "), w.top, w.top + w.rows, w.height, w.left,
                                 w.left + w.columns, w.width));
  }
  const Tensor in = rgb.contiguous();
  const std::int64_t height = in.size(0), width = in.size(1);
  const std::vector<Taps> across = taps(width, w.width, w.left, w.columns);
  const std::vector<Taps> down = taps(height, w.height, w.top, w.rows);
  // Old rows that the window needs, resized across.
  const std::int64_t begin = down.front().begin;
  const std::int64_t end = down.back().begin + static_cast<std::int64_t>(down.back().weight.size());
  const Tensor middle = at::empty({end - begin, w.columns, 3}, at::kByte);
  const std::uint8_t* source = in.const_data_ptr<std::uint8_t>();
  std::uint8_t* target = middle.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t y = begin; y < end; ++y) {
    for (const Taps& one : across) {
      const std::uint8_t* pixel = source + 3 * (y * width + one.begin);
      std::int64_t sums[3] = {0, 0, 0};
      for (const std::int32_t weight : one.weight) {
        for (std::int64_t& sum : sums) sum += std::int64_t{weight} * *pixel++;
      }
      for (const std::int64_t sum : sums) *target++ = rounded(sum);
    }
  }
  Tensor out = at::empty({w.rows, w.columns, 3}, at::kByte);
  const std::int64_t stride = 3 * w.columns;
  std::uint8_t* result = out.mutable_data_ptr<std::uint8_t>();
  for (const Taps& one : down) {
    const std::uint8_t* column = middle.const_data_ptr<std::uint8_t>() + (one.begin - begin) * stride;
    for (std::int64_t x = 0; x < stride; ++x) {
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < one.weight.size(); ++k) {
        sum += std::int64_t{one.weight[k]} * column[static_cast<std::int64_t>(k) * stride + x];
      }
      *result++ = rounded(sum);
    }
  }
  return out;
}

}  // namespace flashmotion
