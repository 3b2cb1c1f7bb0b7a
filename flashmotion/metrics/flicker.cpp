#include "flashmotion/metrics/flicker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

namespace flashmotion {
namespace flicker_detail {

constexpr double kStill = 1e-6;  // a clip with less stands still

}  // namespace flicker_detail

void FlickerSum::add(const Tensor& frames) {
  const auto now = frames.detach().to(at::kDouble);
  const auto all = last_.defined() ? at::cat({last_, now}, 2) : now;
  frames_ += frames.size(2);
  last_ = all.slice(2, -2).clone();
  if (all.size(2) < 3) return;
  const auto sum = all.diff(2, 2).abs().sum({1, 2, 3, 4});
  sum_ = sum_.defined() ? sum_ + sum : sum;
}

Tensor FlickerSum::value() const {
  if (frames_ < 3)
    throw ShapeError(fmt::format("a clip of {} frames has no second difference in time; give 3 or more", frames_));
  return sum_ / static_cast<double>(2 * last_.size(1) * (frames_ - 2) * last_.size(3) * last_.size(4));
}

Tensor flicker(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 3) {
    throw ShapeError(fmt::format(
        "video with {} axes has no second difference in time; give [B, 3, F, H, W] with F above 2", video.dim()));
  }
  FlickerSum sum;
  each_window(ClipFrames(video).begin(), [&](const Tensor& frames) { sum.add(frames); });
  return sum.value();
}

Tensor flicker_ratio(const Tensor& generated, const Tensor& real) {
  if (generated.sizes() != real.sizes()) {
    throw ShapeError("generated and real clips for the flicker differ in shape; give [B, 3, F, H, W] of both");
  }
  return ratio_of_flickers(flicker(generated), flicker(real));
}

Tensor ratio_of_flickers(const Tensor& generated, const Tensor& real) {
  return generated / real.clamp_min(flicker_detail::kStill);
}

}  // namespace flashmotion
