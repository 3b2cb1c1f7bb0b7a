#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/concepts/codec.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <array>
#include <cstdint>

namespace flashmotion {

/// Settings of the linear codec.
struct LinearCodecConfig {
  std::int64_t patch = 4;      // pixels along each side of a patch
  std::int64_t channels = 48;  // of the latent; at most 3 * patch * patch
  std::int64_t group = 4;      // frames of a group after the first frame
  double power = 0.25;         // channels are scaled by this power of their spread: 0 leaves them, 1 whitens

  static void fields(auto& f, auto& c) {
    f("patch", c.patch, AtLeast{1}, "pixels along each side of a patch");
    f("channels", c.channels, AtLeast{1}, "channels of the latent, at most 3 * patch * patch");
    f("group", c.group, AtLeast{1}, "frames of a group after the first frame");
    f("power", c.power, Range{0.0, 1.0}, "channels are scaled by this power of their spread: 0 leaves them, 1 whitens");
  }
};

/// Closed-form video codec with the causal grouping of Wan's VAE: the first frame stands alone, then
/// come groups of `group` frames. Each patch of a group is projected on its leading principal
/// components, fitted apart for the first frame and for the groups, and each channel is
/// scaled so that the latent has unit variance on average. Full whitening would give noise channels
/// as much weight as the picture. Gradients flow through `encode` and `decode`.
class FLASHMOTION_EXPORT LinearCodec {
 public:
  using Config = LinearCodecConfig;

  /// Principal components of one kind of group; N = 3 * frames * patch * patch.
  struct Basis {
    Tensor mean;        // [N]
    Tensor components;  // [N, C], orthonormal columns
    Tensor scale;       // [C]
  };

  /// Fits both bases to clips. Throws InputError when the settings or the extent do not fit, or when
  /// the clips hold too few patches. Equal clips give equal bases: of each component the entry of largest
  /// magnitude is positive.
  [[nodiscard]] static LinearCodec fit(const Tensor& video,  // [B, 3, F, H, W] in [-1, 1], F > 1
                                       const LinearCodecConfig& config = {});
  /// A codec from what `named_tensors` gave. Throws InputError when tensors are missing or do not fit together.
  explicit LinearCodec(const NamedTensors& tensors);

  /// [B, 3, F, H, W] to [B, C, T, H / patch, W / patch] with T = 1 + (F - 1) / group. Throws InputError,
  /// with the nearest legal values, when F is not 1 + group * k or a side no multiple of the patch.
  [[nodiscard]] Tensor encode(const Tensor& video) const;
  /// Back: [B, C, T, h, w] to [B, 3, F, h * patch, w * patch]; not clamped. Throws ShapeError.
  [[nodiscard]] Tensor decode(const Tensor& latent) const;

  /// C, T, h, w of a clip's latent. Throws as `encode` does.
  [[nodiscard]] std::array<std::int64_t, 4> latent_shape(const ClipSpec& clip) const;
  [[nodiscard]] std::int64_t channels() const { return channels_; }
  [[nodiscard]] std::int64_t patch() const { return patch_; }
  [[nodiscard]] std::int64_t group() const { return group_; }

  /// first.mean, first.components, first.scale and the same of `rest`.
  [[nodiscard]] NamedTensors named_tensors() const;

 private:
  LinearCodec(Basis first, Basis rest);

  Basis first_;
  Basis rest_;
  std::int64_t patch_ = 0;
  std::int64_t channels_ = 0;
  std::int64_t group_ = 0;
};
static_assert(Codec<LinearCodec>);

}  // namespace flashmotion
