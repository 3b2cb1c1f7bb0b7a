#include "flashmotion/metrics/flicker.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

namespace flashmotion {
namespace flicker_detail {

constexpr double kStill = 1e-6;  // a clip with less stands still

}  // namespace flicker_detail

Tensor flicker(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 3) {
    throw ShapeError(fmt::format(
        "video with {} axes has no second difference in time; give [B, 3, F, H, W] with F above 2", video.dim()));
  }
  return video.detach().to(at::kDouble).diff(2, 2).abs().mean({1, 2, 3, 4}) / 2;
}

Tensor flicker_ratio(const Tensor& generated, const Tensor& real) {
  if (generated.sizes() != real.sizes()) {
    throw ShapeError("generated and real clips for the flicker differ in shape; give [B, 3, F, H, W] of both");
  }
  return flicker(generated) / flicker(real).clamp_min(flicker_detail::kStill);
}

}  // namespace flashmotion
