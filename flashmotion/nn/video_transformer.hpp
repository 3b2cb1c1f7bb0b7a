#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"
#include "flashmotion/nn/block.hpp"

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <utility>

namespace flashmotion::nn {

/// A patch embedding: one linear map over patches, stored as the kernel of a convolution.
class FLASHMOTION_EXPORT PatchEmbeddingImpl : public torch::nn::Module {
 public:
  PatchEmbeddingImpl(std::int64_t channels, std::int64_t width, std::array<std::int64_t, 3> patch,
                     Storage storage = Storage::owned);
  /// [B, C, T, H, W] to [B, N, D]; tokens in the order frames, rows, columns.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& latent) const;

  torch::Tensor weight;  // [D, C, p_t, p_h, p_w]
  torch::Tensor bias;    // [D]

 private:
  std::array<std::int64_t, 3> patch_;
};
TORCH_MODULE(PatchEmbedding);

/// Embeddings and blocks of the Wan transformer, without its output head: what the generator and a copy of it in an
/// adapter have in common. Parameter names are those of the released checkpoints.
class FLASHMOTION_EXPORT VideoTransformer : public torch::nn::Module {
 public:
  explicit VideoTransformer(const GeneratorSpec& spec, Storage storage = Storage::owned);

  /// One pass, between its embeddings and its blocks.
  struct Pass {
    torch::Tensor hidden;  // [B, N, D]
    torch::Tensor time;    // [B, T, D] time embedding before its projection
    BlockInput input;
    Grid grid;
  };

  /// `sigma` is [B] or [B, T]; a timestep is 1000 sigma.
  [[nodiscard]] Pass embed(const torch::Tensor& latent, const torch::Tensor& sigma, const torch::Tensor& text);
  /// Runs block `index` on pass.hidden.
  void run_block(std::int64_t index, Pass& pass);

  [[nodiscard]] const GeneratorSpec& layout() const { return spec_; }

 protected:
  GeneratorSpec spec_;
  PatchEmbedding patch_embedding_;
  torch::nn::ModuleList text_embedding_, time_embedding_, time_projection_, blocks_;

 private:
  std::pair<Grid, torch::Tensor> rope_;  // of the last grid
};

}  // namespace flashmotion::nn
