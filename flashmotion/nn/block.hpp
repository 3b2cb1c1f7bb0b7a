#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/nn/block_edits.hpp"
#include "flashmotion/nn/linear.hpp"
#include "flashmotion/nn/norm.hpp"
#include "flashmotion/nn/numerics.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// What an attention reads beside its queries' tokens.
struct AttentionInput {
  torch::Tensor context;  // [B, M, D]
  torch::Tensor image{};  // [B, M', D] of a second attention, whose result is added; undefined for none
  torch::Tensor rope{};   // [N, head_width / 2] rotary factors of queries and keys; undefined for none
  bool norm_keeps_type = false;
  const AttentionEdits* edits = nullptr;  // null: none
};

/// Attention with RMS norm over the whole width on queries and keys. Names are those of the Wan checkpoints.
class FLASHMOTION_EXPORT AttentionImpl : public torch::nn::Module {
 public:
  /// `with_image` adds keys and values for image tokens (Wan 2.1 I2V).
  AttentionImpl(std::int64_t width, std::int64_t heads, double epsilon, Storage storage = Storage::owned,
                bool with_image = false);

  /// x [B, N, D] to [B, N, D], in the type of x, which the context shares.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x, const AttentionInput& input);

 private:
  std::int64_t heads_;
  Linear q_, k_, v_, o_;
  RmsNorm norm_q_, norm_k_;
  Linear k_img_{nullptr}, v_img_{nullptr};
  RmsNorm norm_k_img_{nullptr};
};
TORCH_MODULE(Attention);

/// What every block of one pass shares.
struct BlockInput {
  torch::Tensor modulation;        // [B, S, 6, D] shift, scale, gate for attention, then for the feed-forward
  torch::Tensor level_of_frame{};  // [T] place in S of each frame; undefined when S is 1 or T
  torch::Tensor text;              // [B, L, D]
  torch::Tensor image{};           // [B, M, D]; undefined for none
  torch::Tensor rope{};            // [N, head_width / 2] complex
  std::int64_t frames = 1;         // T of the token grid
  Numerics numerics{};
  const BlockEdits* edits = nullptr;  // of this block; null: none
};

/// One transformer block of the Wan family: modulated self-attention, cross-attention to the text, modulated
/// feed-forward. Its parameters carry the names of the released checkpoints.
class FLASHMOTION_EXPORT BlockImpl : public torch::nn::Module {
 public:
  BlockImpl(std::int64_t width, std::int64_t heads, std::int64_t ffn_width, double epsilon,
            Storage storage = Storage::owned, bool with_image = false);

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
