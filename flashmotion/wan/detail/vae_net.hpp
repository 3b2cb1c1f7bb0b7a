#pragma once

#include "flashmotion/wan/detail/vae_resample.hpp"
#include "flashmotion/wan/vae_config.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace flashmotion::wan::vae_detail {

/// Receives results on the way, for each chunk, under the names of the numeric fixtures.
using Observer = std::function<void(const std::string& name, const torch::Tensor& result)>;

/// Pixels to the moments of the latent, one chunk of frames at a time.
class EncoderImpl : public torch::nn::Module {
 public:
  EncoderImpl(const VaeConfig& config, nn::Storage storage);

  /// [B, 3 or 12, T, H, W] to [B, 2 z_dim, T', h, w].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, nn::ConvHistory& history, const Observer& observe) const;

 private:
  struct Level {
    std::vector<ResidualBlock> blocks;
    Downsample down{nullptr};
    std::int64_t channels = 0;
    std::int64_t time = 1;  // factor by which the frames shrink
  };
  [[nodiscard]] torch::Tensor run(const Level& level, const torch::Tensor& x, nn::ConvHistory& history) const;

  nn::CausalConv3d conv1_;
  std::vector<Level> levels_;
  bool shortcuts_;
  Middle middle_{nullptr};
  Head head_{nullptr};
};
TORCH_MODULE(Encoder);

/// Latents to pixels, one chunk of latent frames at a time.
class DecoderImpl : public torch::nn::Module {
 public:
  DecoderImpl(const VaeConfig& config, nn::Storage storage);

  /// [B, z_dim, T, h, w] to [B, 3 or 12, F, H, W].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& z, nn::ConvHistory& history, const Observer& observe) const;

 private:
  struct Level {
    std::vector<ResidualBlock> blocks;
    Upsample up{nullptr};
  };
  [[nodiscard]] torch::Tensor run(const Level& level, torch::Tensor x, nn::ConvHistory& history) const;

  nn::CausalConv3d conv1_;
  Middle middle_;
  std::vector<Level> levels_;
  bool shortcuts_;
  Head head_{nullptr};
};
TORCH_MODULE(Decoder);

}  // namespace flashmotion::wan::vae_detail
