#include "flashmotion/metrics/flicker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

namespace flashmotion {
namespace flicker_detail {

constexpr double kStill = 1e-6;  // a clip with less stands still

}  // namespace flicker_detail

void FlickerSum::add(const Tensor& frames) {
  for (std::int64_t f = 0; f < frames.size(2); ++f, ++frames_) {
    const auto now = frames.detach().select(2, f).to(at::kDouble);  // [B, 3, H, W]
    const auto step = last_.defined() ? now - last_ : Tensor();
    if (step_.defined()) {
      const auto sum = (step - step_).abs().sum({1, 2, 3});
      sum_ = sum_.defined() ? sum_ + sum : sum;
    }
    last_ = now;
    step_ = step;
  }
}

Tensor FlickerSum::value() const {
  if (frames_ < 3)
    throw ShapeError(fmt::format("a clip of {} frames has no second difference in time; give 3 or more", frames_));
  return sum_ / static_cast<double>(2 * (frames_ - 2) * last_[0].numel());
}

Tensor flicker(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 3) {
    throw ShapeError(fmt::format(
        "video with {} axes has no second difference in time; give [B, 3, F, H, W] with F above 2", video.dim()));
  }
  FlickerSum sum;
  each_window(ClipFrames(video), [&](const Tensor& frames) { sum.add(frames); });
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
