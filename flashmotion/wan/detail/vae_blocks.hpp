#pragma once

#include "flashmotion/nn/causal_conv3d.hpp"
#include "flashmotion/nn/channel_norm.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>

// The building blocks that both versions of the Wan video autoencoder are made of. Parameters carry the names of the
// released checkpoints.

namespace flashmotion::wan::vae_detail {

/// An ordered place for sub-modules under names of the checkpoint, such as "0" and "2".
class Folder : public torch::nn::Module {
 public:
  template <class Holder>
  Holder add(std::int64_t index, Holder module) {
    return register_module(std::to_string(index), std::move(module));
  }
};

/// A 2-D convolution on every frame, without padding.
class FrameConvImpl : public torch::nn::Module {
 public:
  FrameConvImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, nn::Storage storage);

  /// [N, in, H, W] to [N, out, H - kernel + 1, W - kernel + 1], less with a stride.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, std::int64_t stride = 1) const;

  torch::Tensor weight;  // [out, in, kernel, kernel]
  torch::Tensor bias;    // [out]
};
TORCH_MODULE(FrameConv);

/// [B, C, T, H, W] to [B T, C, H, W] and back.
[[nodiscard]] torch::Tensor to_frames(const torch::Tensor& clip);
[[nodiscard]] torch::Tensor to_clip(const torch::Tensor& frames, std::int64_t clips);

/// `x + y`; without a graph in `x`'s memory, which must be the caller's own.
[[nodiscard]] torch::Tensor add_to_(torch::Tensor x, const torch::Tensor& y);

/// Norm, SiLU, convolution, twice, beside a shortcut that is a projection where the widths differ.
class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(std::int64_t in, std::int64_t out, nn::Storage storage);

  /// [B, in, T, H, W] to [B, out, T, H, W].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history) const;

 private:
  nn::ChannelNorm norm1_, norm2_;
  nn::CausalConv3d conv1_, conv2_;
  nn::CausalConv3d shortcut_{nullptr};
};
TORCH_MODULE(ResidualBlock);

/// Attention among the pixels of each frame, with one head.
class AttentionBlockImpl : public torch::nn::Module {
 public:
  AttentionBlockImpl(std::int64_t channels, nn::Storage storage);

  /// [B, C, T, H, W] to the same.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const;

 private:
  nn::ChannelNorm norm_;
  FrameConv to_qkv_, proj_;
};
TORCH_MODULE(AttentionBlock);

/// Residual block, attention, residual block.
class MiddleImpl : public torch::nn::Module {
 public:
  MiddleImpl(std::int64_t channels, nn::Storage storage);
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history) const;

 private:
  ResidualBlock before_;
  AttentionBlock attention_;
  ResidualBlock after_;
};
TORCH_MODULE(Middle);

/// Norm, SiLU and the last convolution.
class HeadImpl : public torch::nn::Module {
 public:
  HeadImpl(std::int64_t in, std::int64_t out, nn::Storage storage);
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history) const;

 private:
  nn::ChannelNorm norm_;
  nn::CausalConv3d conv_;
};
TORCH_MODULE(Head);

}  // namespace flashmotion::wan::vae_detail
