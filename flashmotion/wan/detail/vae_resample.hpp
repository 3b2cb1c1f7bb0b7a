#pragma once

#include "flashmotion/wan/detail/vae_blocks.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::wan::vae_detail {

/// Halves rows and columns and, where it has `time_conv`, the frames: frame 0 stays, then come pairs.
class DownsampleImpl : public torch::nn::Module {
 public:
  DownsampleImpl(std::int64_t channels, bool temporal, nn::Storage storage);

  /// [B, C, T, H, W] to [B, C, T', H / 2, W / 2].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history) const;

 private:
  [[nodiscard]] torch::Tensor halve_time(const torch::Tensor& x, nn::ConvHistory& history) const;

  FrameConv conv_;
  nn::CausalConv3d time_conv_{nullptr};
};
TORCH_MODULE(Downsample);

/// Doubles rows and columns (nearest, then a convolution) and, where it has `time_conv`, the frames after frame 0.
class UpsampleImpl : public torch::nn::Module {
 public:
  UpsampleImpl(std::int64_t in, std::int64_t out, bool temporal, nn::Storage storage);

  /// [B, in, T, H, W] to [B, out, T', 2 H, 2 W].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history) const;
  [[nodiscard]] bool temporal() const { return !time_conv_.is_empty(); }

 private:
  [[nodiscard]] torch::Tensor double_time(const torch::Tensor& x, nn::ConvHistory& history) const;
  [[nodiscard]] torch::Tensor double_space(const torch::Tensor& frames) const;

  FrameConv conv_;
  nn::CausalConv3d time_conv_{nullptr};
};
TORCH_MODULE(Upsample);

/// The shortcut round a level of the encoder: each output channel is the mean of a group of the values that a cell of
/// `time` frames and `space` rows and columns holds. An odd number of frames has a frame of zeros put in front.
[[nodiscard]] torch::Tensor average_down(const torch::Tensor& x, std::int64_t channels, std::int64_t time,
                                         std::int64_t space);

/// Adds the shortcut round a level of the decoder to `y`: the channels of `x`, repeated, spread over cells of `time`
/// frames, two rows and two columns. The first chunk's frame 0 fills one frame.
[[nodiscard]] torch::Tensor add_spread_(torch::Tensor y, const torch::Tensor& x, std::int64_t time, bool first);

}  // namespace flashmotion::wan::vae_detail
