#pragma once

#include "flashmotion/core/regime.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// What crosses between generator, adapter, discriminator head and the loops that drive them.
// Axis order everywhere: [B, C, T, H, W] for latents, [B, L, D] for tokens, [B] for noise levels.

namespace flashmotion {

/// Prompt features, padded as the model wants them.
struct TextContext {
  Tensor tokens;  // [B, L, D]
};

/// What is given of the picture. Undefined tensors mean "not given".
struct ImageContext {
  Tensor first_frame{};  // [B, C, 1, H, W] clean latent of frame 0 (Wan 2.2 TI2V)
  Tensor channels{};     // [B, C', T, H, W] mask and latent that are appended to the channels (Wan I2V)
  Tensor tokens{};       // [B, M, D'] features of an image encoder (Wan 2.1 I2V)
};

enum class SiteKind {
  patch_embedding,  // tokens can be added
  after_block,      // tokens can be added
  self_attention,   // keys and values can be given
  cross_attention,  // keys and values can be given
};

/// A place in the generator where an adapter may act.
struct Site {
  SiteKind kind = SiteKind::after_block;
  std::int64_t block = 0;  // 0 for patch_embedding
  auto operator<=>(const Site&) const = default;
};

/// Added to the hidden state of the video tokens at a site.
struct AddTokens {
  Site site;
  Tensor tokens;  // [B, N, D]
};

/// Keys and values that the queries of a block's attention meet in a softmax of their own; what they find is added to
/// what the attention found, before its output projection. Values of zero change nothing.
struct ExtraKeyValue {
  Site site;      // self_attention or cross_attention
  Tensor keys;    // [B, M, D]; at self_attention queries are rotated by their place, so keys carry a rotation too
  Tensor values;  // [B, M, D]
};

/// A low-rank delta of a linear layer: `scale up down` is added to its weight (LoRA, Hu et al. 2021). Zero `up` changes
/// nothing.
struct LowRankDelta {
  std::string linear;  // a name of GeneratorSpec::linears
  Tensor down;         // [R, in]
  Tensor up;           // [out, R]
  double scale = 1.0;
};

/// All that an adapter changes in one pass. Empty edits leave the generator as it is.
struct SiteEdits {
  std::vector<AddTokens> add{};
  std::vector<ExtraKeyValue> extra{};
  std::vector<LowRankDelta> low_rank{};
};

/// One pass of a generator. All is borrowed for the duration of the call.
struct DenoiseRequest {
  Tensor latent;                       // [B, C, T, H, W], frame 0 clean when an image is given
  Tensor sigma;                        // [B], [B, T] or [B, N] noise level; 0 = clean, 1 = noise
  TextContext text;                    // tokens [B, L, D]
  ImageContext image;                  // optional
  const SiteEdits* edits = nullptr;    // what the adapter adds
  std::span<const std::int64_t> taps;  // blocks whose hidden state is wanted, rising
  bool taps_only = false;              // stop after the last tap; prediction stays undefined
};

struct DenoiseResult {
  Tensor prediction;         // [B, C, T, H, W] velocity, noise - clean; bfloat16 where the regime ends in it
  std::vector<Tensor> taps;  // each [B, N, D] float32, after that block
};

/// Extent of a token grid.
struct Grid {
  std::int64_t frames = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  [[nodiscard]] std::int64_t tokens() const { return frames * height * width; }
  bool operator==(const Grid&) const = default;
};

/// A linear layer of a generator that can take a low-rank delta.
struct LinearLayer {
  std::string name;  // of its weight in checkpoints, without `.weight`
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool operator==(const LinearLayer&) const = default;
};

/// What the rest needs to know of a generator.
struct GeneratorSpec {
  std::int64_t latent_channels = 0;
  std::int64_t width = 0;  // D
  std::int64_t heads = 0;
  std::int64_t blocks = 0;
  std::int64_t ffn_width = 0;
  std::int64_t text_width = 0;
  std::int64_t frequency_width = 0;            // of the sinusoidal time embedding
  std::array<std::int64_t, 3> patch{1, 2, 2};  // frames, height, width
  double epsilon = 1e-6;                       // of the norms
  std::vector<Site> sites;                     // where tokens can be added
  std::int64_t condition_channels = 0;         // of ImageContext::channels; 0 for none
  std::int64_t image_width = 0;                // of ImageContext::tokens; 0 for none
  Regime regime = Regime::fp32;
  std::vector<Site> attention_sites{};  // where keys and values can be given
  std::vector<LinearLayer> linears{};   // that can take a low-rank delta
  bool checkpointing = false;           // blocks keep nothing for the way back but what goes into them

  /// Channels that the patch embedding takes.
  [[nodiscard]] std::int64_t input_channels() const { return latent_channels + condition_channels; }
  /// Token grid of a latent [.., T, H, W].
  [[nodiscard]] Grid grid(const Tensor& latent) const {
    return {latent.size(-3) / patch[0], latent.size(-2) / patch[1], latent.size(-1) / patch[2]};
  }
};

/// What an adapter sees. `latent` and `sigma` are undefined for adapters that do not depend on noise.
struct AdapterRequest {
  Tensor latent;       // [B, C, T, H, W]
  Tensor sigma;        // [B] or [B, T]
  TextContext text;    // tokens [B, L, D]
  ImageContext image;  // optional
  Tensor control;      // [B, C, T, H, W] latent of the control maps
};

/// What a discriminator head sees of a noised clip.
struct HeadRequest {
  std::vector<Tensor> taps;  // each [B, N, D], in the order of tap_blocks()
  Grid grid;                 // N = grid.tokens()
  Tensor sigma;              // [B]
  TextContext text;          // tokens [B, L, D]
  ImageContext image;        // optional
  Tensor control;            // [B, C, T, H, W] latent of the control maps
};

}  // namespace flashmotion
