#include "flashmotion/metrics/sharpness.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

namespace flashmotion {

void GradientEnergySum::add(const Tensor& frames) {
  for (std::int64_t f = 0; f < frames.size(2); ++f, ++frames_) {
    if (frames_ == 0) continue;                                     // it is given
    const auto now = frames.detach().select(2, f).to(at::kDouble);  // [B, 3, H, W]
    const auto energy = now.diff(1, 3).square().mean({1, 2, 3}) + now.diff(1, 2).square().mean({1, 2, 3});
    sum_ = sum_.defined() ? sum_ + energy : energy;
  }
}

Tensor GradientEnergySum::value() const {
  if (frames_ < 2)
    throw ShapeError(fmt::format("a clip of {} frames has no frame after the first; give 2 or more", frames_));
  return sum_ / static_cast<double>(frames_ - 1);
}

Tensor gradient_energy(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 2) {
    throw ShapeError(fmt::format("video with {} axes has no frame after the first; give [B, 3, F, H, W] with F above 1",
                                 video.dim()));
  }
  GradientEnergySum sum;
  each_window(ClipFrames(video), [&](const Tensor& frames) { sum.add(frames); });
  return sum.value();
}

Sharpness sharpness(const Tensor& generated, const Tensor& real) {
  Sharpness result{0, gradient_energy(generated), gradient_energy(real)};
  result.ratio = (result.generated.mean() / result.real.mean()).item<double>();
  return result;
}

}  // namespace flashmotion
