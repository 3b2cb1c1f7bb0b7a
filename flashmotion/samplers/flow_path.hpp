#pragma once

#include "flashmotion/core/concepts/noise_path.hpp"
#include "flashmotion/core/types.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

namespace flashmotion {

/// Noise level in the shape that broadcasts over a latent: [B] or [B, T] to [B, 1, 1 or T, 1, 1].
[[nodiscard]] inline Tensor broadcast_sigma(const Tensor& sigma) {
  return sigma.dim() == 1 ? sigma.view({-1, 1, 1, 1, 1}) : sigma.view({sigma.size(0), 1, sigma.size(1), 1, 1});
}

/// Straight path between data and noise (flow matching, Lipman et al. 2023; rectified flow):
/// `x = (1 - sigma) clean + sigma noise`, velocity `noise - clean`. Sigma is [B] or [B, T].
struct FlowPath {
  [[nodiscard]] Tensor diffuse(const Tensor& clean, const Tensor& noise, const Tensor& sigma) const {
    return clean + broadcast_sigma(sigma) * (noise - clean);
  }
  [[nodiscard]] Tensor target(const Tensor& clean, const Tensor& noise) const { return noise - clean; }
  [[nodiscard]] Tensor to_clean(const Tensor& noisy, const Tensor& velocity, const Tensor& sigma) const {
    return noisy - broadcast_sigma(sigma) * velocity;
  }
  /// The noise that the velocity points to.
  [[nodiscard]] Tensor to_noise(const Tensor& noisy, const Tensor& velocity, const Tensor& sigma) const {
    return noisy + (1.0 - broadcast_sigma(sigma)) * velocity;
  }
  /// The velocity of an estimate of the clean latent; sigma above 0.
  [[nodiscard]] Tensor to_velocity(const Tensor& noisy, const Tensor& clean, const Tensor& sigma) const {
    return (noisy - clean) / broadcast_sigma(sigma);
  }
};
static_assert(NoisePath<FlowPath>);

/// Noise level of each latent frame [B, T]: `sigma` [B], and 0 on frame 0 when the picture gives it (Wan 2.2 TI2V).
[[nodiscard]] inline Tensor frame_sigma(const Tensor& sigma, std::int64_t frames, const ImageContext& image) {
  const Tensor all = sigma.unsqueeze(1).expand({-1, frames});
  if (!image.first_frame.defined()) return all.contiguous();
  return at::cat({at::zeros_like(sigma).unsqueeze(1), all.narrow(1, 1, frames - 1)}, 1);
}

/// The latent [B, C, T, H, W] with frame 0 replaced by the given picture's.
[[nodiscard]] inline Tensor with_first_frame(const Tensor& latent, const ImageContext& image) {
  if (!image.first_frame.defined()) return latent;
  return at::cat({image.first_frame, latent.narrow(2, 1, latent.size(2) - 1)}, 2);
}

}  // namespace flashmotion
