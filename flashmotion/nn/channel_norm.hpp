#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/nn/parameter.hpp"

#include <cstdint>

namespace flashmotion::nn {

/// Divides by the root mean square over the channels of each pixel, then scales: `x / max(|x|, 1e-12) * sqrt(C) *
/// gamma`. Half types are computed in float32. `gamma` has `axes` trailing axes of length 1.
class FLASHMOTION_EXPORT ChannelNormImpl : public torch::nn::Module {
 public:
  ChannelNormImpl(std::int64_t channels, std::int64_t axes, Storage storage = Storage::owned);

  /// [B, C, ..] to [B, C, ..].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const;
  /// The same, then SiLU, which is computed before anything is rounded to a half type.
  [[nodiscard]] torch::Tensor silu(const torch::Tensor& x) const;
  /// `silu` written to a tensor of the same shape, of any strides, a frame at a time. Not differentiable.
  void silu_into(const torch::Tensor& x,    // [B, C, T, H, W]
                 torch::Tensor out) const;  // changed

  torch::Tensor gamma;  // [C, 1, ..]

 private:
  [[nodiscard]] torch::Tensor wide(const torch::Tensor& x) const;
};
TORCH_MODULE(ChannelNorm);

}  // namespace flashmotion::nn
