#include "flashmotion/pipeline/clip_size.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/lanczos.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace clip_size_detail {

constexpr double kMostRatio = 4.0;
constexpr std::int64_t kMostSide = 16384;  // of a video file

std::int64_t floored(double x, std::int64_t cell) { return static_cast<std::int64_t>(x) / cell * cell; }

double error(const PixelSize& size, double ratio) {
  const double have = static_cast<double>(size.width) / static_cast<double>(size.height);
  return std::max(ratio / have, have / ratio);
}

// `704` or `672 or 704`.
std::string nearest(std::int64_t side, std::int64_t cell) {
  const std::int64_t below = std::min(side, kMostSide) / cell * cell;
  if (below == 0) return fmt::format("{}", cell);
  return below + cell > kMostSide ? fmt::format("{}", below) : fmt::format("{} or {}", below, below + cell);
}

// Half to the even number.
std::int64_t rounded(double x) { return static_cast<std::int64_t>(std::nearbyint(x)); }

}  // namespace clip_size_detail

std::string size_text(const PixelSize& size) { return fmt::format("{}x{}", size.width, size.height); }

PixelSize fitted_size(const PixelSize& picture, std::int64_t cell, std::int64_t area, const std::string& name) {
  using namespace clip_size_detail;
  const double ratio = static_cast<double>(picture.width) / static_cast<double>(picture.height);
  if (ratio > kMostRatio || ratio < 1.0 / kMostRatio) {
    throw InputError(
        fmt::format("'{}' has {} pixels, and one side is more than four times as long as the other; crop it, or give "
                    "--size for a clip of its middle",
                    name, size_text(picture)));
  }
  const auto whole = static_cast<double>(area);
  const double width = std::sqrt(whole * ratio);
  const double height = whole / width;
  PixelSize a, b;
  a.width = floored(width, cell);
  a.height = floored(whole / static_cast<double>(a.width), cell);
  b.height = floored(height, cell);
  b.width = floored(whole / static_cast<double>(b.height), cell);
  return error(a, ratio) < error(b, ratio) ? a : b;
}

void check_clip_shape(const PixelSize& size, std::int64_t frames, std::int64_t cell) {
  using namespace clip_size_detail;
  for (const auto& [what, side] : {std::pair{"width", size.width}, std::pair{"height", size.height}}) {
    if (side >= cell && side <= kMostSide && side % cell == 0) continue;
    throw InputError(
        fmt::format("the clip's {} is {}, and this model makes multiples of {}; give {} in --size WIDTHxHEIGHT", what,
                    side, cell, nearest(side, cell)));
  }
  if (!is_valid_frame_count(frames)) throw InputError(frame_count_message("the clip", frames));
}

Tensor fitted_picture(const Tensor& rgb, const PixelSize& size) {
  const auto width = static_cast<double>(rgb.size(1)), height = static_cast<double>(rgb.size(0));
  const double scale = std::max(static_cast<double>(size.width) / width, static_cast<double>(size.height) / height);
  ResizeWindow window;
  window.width = std::max(size.width, clip_size_detail::rounded(width * scale));
  window.height = std::max(size.height, clip_size_detail::rounded(height * scale));
  window.left = (window.width - size.width) / 2;
  window.top = (window.height - size.height) / 2;
  window.rows = size.height;
  window.columns = size.width;
  return from_rgb8(resize_lanczos(rgb, window));
}

}  // namespace flashmotion
