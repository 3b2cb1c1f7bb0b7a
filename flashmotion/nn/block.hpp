#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// Attention with RMS norm over the whole width on queries and keys. Names are those of the Wan checkpoints.
class FLASHMOTION_EXPORT AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(std::int64_t width, std::int64_t heads, double epsilon, Storage storage = Storage::owned);

  /// x [B, N, D] attends to context [B, M, D]; with rotary factors [N, head_width / 2] when `rope` is defined.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& context,
                                      const torch::Tensor& rope = {});

 private:
  [[nodiscard]] torch::Tensor split(const torch::Tensor& x) const;  // [B, N, D] to [B, heads, N, head_width]

  std::int64_t heads_;
  Linear q_, k_, v_, o_;
  RmsNorm norm_q_, norm_k_;
};
TORCH_MODULE(Attention);

/// What every block of one pass shares.
struct BlockInput {
  torch::Tensor modulation;  // [B, T, 6, D] shift, scale, gate for attention, then for the feed-forward
  torch::Tensor text;        // [B, L, D]
  torch::Tensor rope;        // [N, head_width / 2] complex
  std::int64_t frames = 1;   // T of the token grid
};

/// One transformer block of the Wan family: modulated self-attention, cross-attention to the text, modulated
/// feed-forward. Its parameters carry the names of the released checkpoints.
class FLASHMOTION_EXPORT BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(std::int64_t width, std::int64_t heads, std::int64_t ffn_width, double epsilon,
            Storage storage = Storage::owned);

  /// x [B, N, D] to [B, N, D].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, const BlockInput& input);

  torch::Tensor modulation;  // [1, 6, D]

 private:
  double epsilon_;
  Attention self_attn_, cross_attn_;
  LayerNorm norm3_;
  torch::nn::ModuleList ffn_;
};
TORCH_MODULE(Block);

}  // namespace flashmotion::nn
