#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// A 2-D convolution with an odd square kernel and as much padding as keeps the extent at stride 1. Starts at zero,
/// as `Linear` does.
class Conv2dImpl : public torch::nn::Module {
 public:
  Conv2dImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1)
      : padding_(kernel / 2), stride_(stride) {
    weight = register_parameter("weight", torch::zeros({out, in, kernel, kernel}));
    bias = register_parameter("bias", torch::zeros({out}));
  }
  /// [B, in, H, W] to [B, out, ceil(H / stride), ceil(W / stride)].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const {
    return at::conv2d(x, weight, bias, stride_, padding_);
  }

  torch::Tensor weight;  // [out, in, kernel, kernel]
  torch::Tensor bias;    // [out]

 private:
  std::int64_t padding_;
  std::int64_t stride_;
};
TORCH_MODULE(Conv2d);

}  // namespace flashmotion::nn
