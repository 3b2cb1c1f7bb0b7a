#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/nn/channel_norm.hpp"
#include "flashmotion/nn/conv_history.hpp"
#include "flashmotion/nn/parameter.hpp"

#include <cstdint>

namespace flashmotion::nn {

/// A 3-D convolution that keeps the extent and sees no later frame: zeros all around in space, and in time the frames
/// of earlier chunks, before the first of them zeros.
class FLASHMOTION_EXPORT CausalConv3dImpl : public torch::nn::Module {
 public:
  /// A kernel of `time` frames and `space` rows and columns, both odd.
  CausalConv3dImpl(std::int64_t in, std::int64_t out, std::int64_t time, std::int64_t space,
                   Storage storage = Storage::owned);

  /// [B, in, T, H, W] to [B, out, T, H, W].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, ConvHistory& history) const;
  /// The same of `norm->silu(x)`.
  [[nodiscard]] torch::Tensor after_norm(const ChannelNorm& norm, const torch::Tensor& x, ConvHistory& history) const;

  torch::Tensor weight;  // [out, in, time, space, space]
  torch::Tensor bias;    // [out]

 private:
  [[nodiscard]] torch::Tensor run(const torch::Tensor& x, const ChannelNormImpl* norm, ConvHistory& history) const;
};
TORCH_MODULE(CausalConv3d);

}  // namespace flashmotion::nn
