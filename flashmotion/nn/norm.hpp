#pragma once

#include "flashmotion/nn/gpu_kernels.hpp"
#include "flashmotion/nn/parameter.hpp"
#include "flashmotion/nn/product.hpp"
#include "flashmotion/nn/rope.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>

namespace flashmotion::nn {

/// Divides by the root mean square over the whole width, then scales (Wan uses it on queries and keys before the
/// split into heads).
class RmsNormImpl : public torch::nn::Module {
 public:
  RmsNormImpl(std::int64_t width, double epsilon, Storage storage = Storage::owned) : epsilon_(epsilon) {
    weight = register_parameter("weight", new_parameter({width}, storage, 1.0));
  }
  /// [.., D] to [.., D], computed in float32. The result is rounded to the type of x once, after it is scaled; with
  /// `keeps_type` before that, and what comes out has the wider of the types of x and weight (the Wan code's way).
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, bool keeps_type = false) const {
    const torch::Tensor wide = x.to(torch::kFloat);
    torch::Tensor normal = wide * at::rsqrt(wide.square().mean(-1, true) + epsilon_);
    if (keeps_type) return normal.to(x.scalar_type()) * weight;
    const torch::Tensor scale = in_type_of(weight, wide);
    normal = records_gradient(normal) || records_gradient(scale) ? normal * scale : normal.mul_(scale);
    return normal.to(x.scalar_type());
  }
  /// `forward` of x [B, N, D], cut into heads [B, N, H, D / H], each rotated by `turns` [N, D / H / 2] where they are
  /// defined, in the type of x.
  [[nodiscard]] torch::Tensor turned(const torch::Tensor& x, const torch::Tensor& turns, std::int64_t heads,
                                     bool keeps_type) const {
    if (const auto done = gpu::turned_norm(x, weight, turns, heads, epsilon_, keeps_type))
      return done->unflatten(-1, {heads, -1});
    const torch::Tensor normal = forward(x, keeps_type).unflatten(-1, {heads, -1});
    return (turns.defined() ? apply_rope(normal, turns) : normal).to(x.scalar_type());
  }

  torch::Tensor weight;  // [D]

 private:
  double epsilon_;
};
TORCH_MODULE(RmsNorm);

/// Layer norm with weight and bias.
class LayerNormImpl : public torch::nn::Module {
 public:
  LayerNormImpl(std::int64_t width, double epsilon, Storage storage = Storage::owned) : epsilon_(epsilon) {
    weight = register_parameter("weight", new_parameter({width}, storage, 1.0));
    bias = register_parameter("bias", new_parameter({width}, storage));
  }
  /// [.., D] to [.., D], computed in float32 and rounded to the type of x.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const {
    const auto scale = weight.to(torch::kFloat), shift = bias.to(torch::kFloat);
    if (const auto done = gpu::norm(x, scale, shift, 0.0, epsilon_, x.scalar_type(), false)) return *done;
    return at::layer_norm(x.to(torch::kFloat), {x.size(-1)}, scale, shift, epsilon_).to(x.scalar_type());
  }

  torch::Tensor weight;  // [D]
  torch::Tensor bias;    // [D]

 private:
  double epsilon_;
};
TORCH_MODULE(LayerNorm);

/// `LN(x) (1 + scale) + shift` in float32, without affine parameters: the adaptive layer norm of DiT (Peebles and Xie,
/// 2023), rounded to `type`. With `keeps_type` the norm's own result is rounded to the type of x.
[[nodiscard]] inline torch::Tensor modulated_norm(const torch::Tensor& x, const torch::Tensor& shift,
                                                  const torch::Tensor& scale, double epsilon, bool keeps_type = false,
                                                  c10::ScalarType type = c10::kFloat) {
  if (const auto done = gpu::norm(x, scale, shift, 1.0, epsilon, type, keeps_type)) return *done;
  torch::Tensor normal = at::layer_norm(x.to(torch::kFloat), {x.size(-1)}, {}, {}, epsilon);
  if (keeps_type) normal = normal.to(x.scalar_type()).to(torch::kFloat);
  return at::addcmul(shift, normal, 1 + scale).to(type);
}

}  // namespace flashmotion::nn
