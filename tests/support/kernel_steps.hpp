#pragma once

#include "flashmotion/core/tensor.hpp"

#include <torch/torch.h>

#include <cmath>

// What kernels of ours compute, in LibTorch's operators.

namespace kernel_steps {

using flashmotion::Tensor;

/// `LN(x) (base + scale) + shift`, in `type`; with `rounds` the normalised x is rounded to its type first.
inline Tensor norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double base, at::ScalarType type,
                   bool rounds) {
  Tensor normal = at::layer_norm(x.to(at::kFloat), {x.size(-1)}, {}, {}, 1e-6);
  if (rounds) normal = normal.to(x.scalar_type()).to(at::kFloat);
  return at::addcmul(shift, normal, base + scale).to(type);
}

/// `x + y gate` in the type of x.
inline Tensor gated_sum(const Tensor& x, const Tensor& y, const Tensor& gate) {
  return at::addcmul(x.to(at::kFloat), y.to(at::kFloat), gate).to(x.scalar_type());
}

/// Channel norm and SiLU of x [B, C, T, H, W], in the type of x.
inline Tensor channel_norm_silu(const Tensor& x, const Tensor& gamma) {
  const Tensor wide = x.to(at::kFloat);
  const Tensor normal = wide / at::linalg_vector_norm(wide, 2, {1}, true).clamp_min(1e-12) *
                        std::sqrt(static_cast<double>(x.size(1))) * gamma.to(at::kFloat).view({1, -1, 1, 1, 1});
  return at::silu(normal).to(x.scalar_type());
}

/// How far numbers of a type may lie apart, by `gap`: a sum in another order moves few of them across a rounding border
/// of bfloat16, by one unit in the last place each.
inline double bound(at::ScalarType type) { return type == at::kFloat ? 1e-6 : 1e-3; }

}  // namespace kernel_steps
