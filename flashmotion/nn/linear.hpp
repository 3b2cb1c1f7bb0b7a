#pragma once

#include "flashmotion/nn/parameter.hpp"
#include "flashmotion/nn/product.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// `y = x Wᵀ + b`, computed in the type of x. Unlike LibTorch's own, construction draws no random numbers: weights
/// start at zero and are filled by an initialiser or a checkpoint.
class LinearImpl : public torch::nn::Module {
 public:
  LinearImpl(std::int64_t in, std::int64_t out, bool with_bias = true, Storage storage = Storage::owned) {
    weight = register_parameter("weight", new_parameter({out, in}, storage));
    if (with_bias) bias = register_parameter("bias", new_parameter({out}, storage));
  }
  /// [.., in] to [.., out].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const { return product(x, weight, bias); }

  torch::Tensor weight;  // [out, in]
  torch::Tensor bias;    // [out]
};
TORCH_MODULE(Linear);

}  // namespace flashmotion::nn
