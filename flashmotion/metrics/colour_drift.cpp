#include "flashmotion/metrics/colour_drift.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <vector>

namespace flashmotion {

Tensor frame_colours(const Tensor& frames) { return ((frames.detach().to(at::kDouble) + 1) / 2).mean({3, 4}); }

Tensor drift_of_colours(const Tensor& generated, const Tensor& real) {
  if (generated.dim() != 3 || generated.size(2) < 2 || generated.sizes() != real.sizes())
    throw ShapeError("colours of generated and real clips differ in shape or are of one frame; give [B, 3, F] of both");
  const auto wander = [](const Tensor& colours) { return colours.slice(2, 1) - colours.slice(2, 0, 1); };
  return (wander(generated) - wander(real)).abs().mean({1, 2});
}

Tensor colour_drift(const Tensor& generated, const Tensor& real) {
  if (generated.dim() != 5 || generated.size(2) < 2 || generated.sizes() != real.sizes()) {
    throw ShapeError("generated and real clips differ in shape or have one frame; give [B, 3, F, H, W] of both");
  }
  const auto colours = [](const Tensor& video) {
    std::vector<Tensor> parts;
    each_window(ClipFrames(video), [&](const Tensor& frames) { parts.push_back(frame_colours(frames)); });
    return at::cat(parts, 2);
  };
  return drift_of_colours(colours(generated), colours(real));
}

}  // namespace flashmotion
