#pragma once

#include "flashmotion/core/types.hpp"
#include "flashmotion/samplers/flow_path.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>

namespace flashmotion {

/// Classifier-free guidance (Ho and Salimans 2022): away from what the network says of the negative prompt.
struct Guidance {
  double scale = 1.0;       // 1: none
  double high_scale = 1.0;  // in place of `scale` at levels from `boundary` on
  double boundary = 2.0;    // noise level; above 1: nowhere
  TextContext negative{};   // tokens [B, L, D]; needed where a scale is not 1

  [[nodiscard]] bool active() const { return scale != 1.0 || (boundary <= 1.0 && high_scale != 1.0); }
};

/// `negative + scale (positive - negative)`.
[[nodiscard]] inline Tensor guide(const Tensor& positive, const Tensor& negative, double scale) {
  return negative + (positive - negative) * scale;
}

/// The same with the scale of each clip's level, `sigma` [B]; predictions are [B, C, T, H, W].
[[nodiscard]] inline Tensor guide(const Tensor& positive, const Tensor& negative, const Guidance& guidance,
                                  const Tensor& sigma) {
  if (guidance.boundary > 1.0) return guide(positive, negative, guidance.scale);
  const Tensor scale = at::where(sigma >= guidance.boundary, at::scalar_tensor(guidance.high_scale, sigma.options()),
                                 at::scalar_tensor(guidance.scale, sigma.options()));
  return negative + (positive - negative) * broadcast_sigma(scale);
}

}  // namespace flashmotion
