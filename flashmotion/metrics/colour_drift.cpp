#include "flashmotion/metrics/colour_drift.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/detail/frame_windows.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>

namespace flashmotion {

Tensor colour_drift(const Tensor& generated, const Tensor& real) {
  if (generated.dim() != 5 || generated.size(2) < 2 || generated.sizes() != real.sizes()) {
    throw ShapeError("generated and real clips differ in shape or have one frame; give [B, 3, F, H, W] of both");
  }
  const auto wander = [](const Tensor& video) {
    const auto colour = metrics_detail::joined_windows(video.size(2), 2, [&](std::int64_t from, std::int64_t to) {
      return ((video.detach().slice(2, from, to).to(at::kDouble) + 1) / 2).mean({3, 4});
    });  // [B, 3, F]
    return colour.slice(2, 1) - colour.slice(2, 0, 1);
  };
  return (wander(generated) - wander(real)).abs().mean({1, 2});
}

}  // namespace flashmotion
