#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/nn/storage.hpp"
#include "flashmotion/wan/vae_config.hpp"

#include <cstdint>
#include <memory>

namespace flashmotion::wan {

/// What the encoder finds: a normal distribution of the latent, not normalised.
struct Posterior {
  Tensor mean;    // [B, C, T, h, w]
  Tensor logvar;  // [B, C, T, h, w], within -30 and 20
};

/// How a clip is evaluated.
struct VaePass {
  std::int64_t latent_frames = 1;  // at a time; 0: all. Every cut gives the same result; more take more memory
  bool clamp = true;               // decoded pixels to [-1, 1]
};

class VaeNet;

/// Decodes a clip as its latent frames come.
class FLASHMOTION_EXPORT VaeDecodeStream {
 public:
  /// The next latent frames [B, C, n, h, w], as `Vae::encode` gives them, to their pixels [B, 3, F, H, W] in [-1, 1]:
  /// at first F = 1 + 4 (n - 1), later 4 n. Throws ShapeError.
  [[nodiscard]] Tensor push(const Tensor& latent);

 private:
  friend class Vae;
  class Impl;
  explicit VaeDecodeStream(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// The video autoencoders of Wan 2.1 and 2.2. Copies share the network. Its parameters are frozen; gradients flow to
/// what goes in. Clips are evaluated chunk by chunk, with the frames that the causal layers need kept between them.
class FLASHMOTION_EXPORT Vae {
 public:
  using Config = VaeConfig;

  /// Weights for a checkpoint to fill. Throws InputError when the configuration contradicts itself.
  Vae(const VaeConfig& config, nn::Storage storage);
  /// Weights drawn from a seed.
  Vae(const VaeConfig& config, std::uint64_t seed);

  /// Pixels [B, 3, F, H, W] in [-1, 1] to the normalised mean [B, C, T, h, w], T = 1 + (F - 1) / 4, in float32 where
  /// the weights have a half type. Frames that do not fill a group of four are left out, as the reference does.
  /// Throws ShapeError, and InputError when a side is no multiple of the factor in space.
  [[nodiscard]] Tensor encode(const Tensor& video) const;
  /// Back to pixels [B, 3, F, H, W] in [-1, 1], clamped, in the same type. Throws ShapeError.
  [[nodiscard]] Tensor decode(const Tensor& latent) const;
  /// A clip to be decoded as it comes.
  [[nodiscard]] VaeDecodeStream decode_stream() const;

  /// `encode` before the normalisation. `on_the_way`, when given, receives `encoder.mid_block`.
  [[nodiscard]] Posterior encode_raw(const Tensor& video, const VaePass& pass = {},
                                     NamedTensors* on_the_way = nullptr) const;
  /// `decode` of a latent that is not normalised, clamped if `pass` says so. `on_the_way`, when given, receives
  /// `decoder.mid_block` and `decoder.up_blocks.N`, a level each, all chunks joined.
  [[nodiscard]] Tensor decode_raw(const Tensor& latent, const VaePass& pass = {},
                                  NamedTensors* on_the_way = nullptr) const;
  /// `(latent - mean) / std` by channel, and back.
  [[nodiscard]] Tensor normalise(const Tensor& latent) const;
  [[nodiscard]] Tensor denormalise(const Tensor& latent) const;

  /// Under the names of the released checkpoints.
  [[nodiscard]] NamedTensors named_tensors() const;
  [[nodiscard]] const VaeConfig& config() const { return config_; }

 private:
  VaeConfig config_;
  std::shared_ptr<VaeNet> net_;
};

static_assert(Codec<Vae>);

}  // namespace flashmotion::wan
