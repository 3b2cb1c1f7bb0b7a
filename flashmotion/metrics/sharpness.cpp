#include "flashmotion/metrics/sharpness.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

namespace flashmotion {

void GradientEnergySum::add(const Tensor& frames) {
  const auto later = frames.detach().slice(2, frames_ == 0 ? 1 : 0);
  frames_ += frames.size(2);
  if (later.size(2) == 0) return;
  const auto part = later.to(at::kDouble);
  const auto sum = (part.diff(1, 4).square().mean({1, 3, 4}) + part.diff(1, 3).square().mean({1, 3, 4})).sum(1);
  sum_ = sum_.defined() ? sum_ + sum : sum;
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
  each_window(ClipFrames(video).begin(), [&](const Tensor& frames) { sum.add(frames); });
  return sum.value();
}

Sharpness sharpness(const Tensor& generated, const Tensor& real) {
  Sharpness result{0, gradient_energy(generated), gradient_energy(real)};
  result.ratio = (result.generated.mean() / result.real.mean()).item<double>();
  return result;
}

}  // namespace flashmotion
