#include "flashmotion/metrics/sharpness.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/detail/frame_windows.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cstdint>

namespace flashmotion {

Tensor gradient_energy(const Tensor& video) {
  if (video.dim() != 5 || video.size(2) < 2) {
    throw ShapeError(fmt::format("video with {} axes has no frame after the first; give [B, 3, F, H, W] with F above 1",
                                 video.dim()));
  }
  const auto later = video.detach().slice(2, 1);
  const auto frames = later.size(2);
  const auto sum = metrics_detail::summed_windows(frames, [&](std::int64_t from, std::int64_t to) {
    const auto part = later.slice(2, from, to).to(at::kDouble);
    return (part.diff(1, 4).square().mean({1, 3, 4}) + part.diff(1, 3).square().mean({1, 3, 4})).sum(1);
  });
  return sum / static_cast<double>(frames);
}

Sharpness sharpness(const Tensor& generated, const Tensor& real) {
  Sharpness result{0, gradient_energy(generated), gradient_energy(real)};
  result.ratio = (result.generated.mean() / result.real.mean()).item<double>();
  return result;
}

}  // namespace flashmotion
