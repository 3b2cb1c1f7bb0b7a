#pragma once

#include "flashmotion/nn/parameter.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// Divides by the root mean square over the whole width, then scales (Wan uses it on queries and keys before the
/// split into heads).
class RmsNormImpl : public torch::nn::Module {
 public:
  RmsNormImpl(std::int64_t width, double epsilon, Storage storage = Storage::owned) : epsilon_(epsilon) {
    weight = register_parameter("weight", new_parameter({width}, storage, 1.0));
  }
  /// [.., D] to [.., D]; the mean is taken in float32.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const {
    const torch::Tensor wide = x.to(torch::kFloat);
    return (wide * at::rsqrt(wide.square().mean(-1, true) + epsilon_)).to(x.scalar_type()) * weight;
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
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, epsilon_);
  }

  torch::Tensor weight;  // [D]
  torch::Tensor bias;    // [D]

 private:
  double epsilon_;
};
TORCH_MODULE(LayerNorm);

/// `LN(x) (1 + scale) + shift` without affine parameters: the adaptive layer norm of DiT (Peebles and Xie, 2023).
[[nodiscard]] inline torch::Tensor modulated_norm(const torch::Tensor& x, const torch::Tensor& shift,
                                                  const torch::Tensor& scale, double epsilon) {
  return at::addcmul(shift, at::layer_norm(x, {x.size(-1)}, {}, {}, epsilon), 1 + scale);
}

}  // namespace flashmotion::nn
