#include "flashmotion/metrics/flicker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/detail/frame_windows.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cstdint>

namespace flashmotion {
namespace flicker_detail {

constexpr double kStill = 1e-6;  // a clip with less stands still

}  // namespace flicker_detail

Tensor flicker(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 3) {
    throw ShapeError(fmt::format(
        "video with {} axes has no second difference in time; give [B, 3, F, H, W] with F above 2", video.dim()));
  }
  const auto differences = video.size(2) - 2;
  const auto sum = metrics_detail::summed_windows(differences, [&](std::int64_t from, std::int64_t to) {
    return video.detach().slice(2, from, to + 2).to(at::kDouble).diff(2, 2).abs().sum({1, 2, 3, 4});
  });
  return sum / static_cast<double>(2 * video.size(1) * differences * video.size(3) * video.size(4));
}

Tensor flicker_ratio(const Tensor& generated, const Tensor& real) {
  if (generated.sizes() != real.sizes()) {
    throw ShapeError("generated and real clips for the flicker differ in shape; give [B, 3, F, H, W] of both");
  }
  return flicker(generated) / flicker(real).clamp_min(flicker_detail::kStill);
}

}  // namespace flashmotion
