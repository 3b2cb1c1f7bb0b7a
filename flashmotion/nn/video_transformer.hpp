#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"
#include "flashmotion/nn/block.hpp"
#include "flashmotion/nn/block_stream.hpp"
#include "flashmotion/nn/image_embedding.hpp"

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
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
    torch::Tensor time;    // [B, S, D] time embedding of each distinct noise level, before its projection
    BlockInput input;
    Grid grid;
    std::shared_ptr<const HeldEdits> edits{};  // inside the blocks; null: none
  };

  /// `sigma` is [B], [B, T] or [B, N] with one level for all tokens of a frame; a timestep is 1000 sigma. Throws
  /// InputError when the image has not what the spec asks for, or a latent does not fit.
  [[nodiscard]] Pass embed(const torch::Tensor& latent, const torch::Tensor& sigma, const TextContext& text,
                           const ImageContext& image);
  /// Runs block `index` on pass.hidden; as a checkpoint when the spec says so.
  void run_block(std::int64_t index, Pass& pass);
  /// Adds tokens [B, N, D] to pass.hidden, which keeps its type.
  static void add_tokens(Pass& pass, const torch::Tensor& tokens);

  /// The blocks' matrices come from there from now on.
  void stream_blocks(std::shared_ptr<BlockStream> stream) { stream_ = std::move(stream); }

  [[nodiscard]] const GeneratorSpec& layout() const { return spec_; }

 protected:
  GeneratorSpec spec_;
  Numerics numerics_;
  PatchEmbedding patch_embedding_;
  torch::nn::ModuleList text_embedding_, time_embedding_, time_projection_, blocks_;
  ImageEmbedding img_emb_{nullptr};

 private:
  [[nodiscard]] torch::Tensor embed_patches(const torch::Tensor& latent, const ImageContext& image);
  void embed_time(const torch::Tensor& sigma, Pass& pass);

  std::shared_ptr<BlockStream> stream_;  // null: the parameters hold their numbers
  // Of the last grid. No buffer of the module: a change of the module's type must not reach it.
  std::pair<Grid, torch::Tensor> rope_;
};

}  // namespace flashmotion::nn
