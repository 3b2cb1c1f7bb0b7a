#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <array>
#include <cstdint>

namespace flashmotion {

/// A linear map from the hidden state of a generator's block to the logits that objects cover each latent cell. It has
/// as many outputs a token as a token has cells, and begins at zero: every cell is as likely as not.
class FLASHMOTION_EXPORT MaskHead {
 public:
  /// Reads `block` of a generator, -1 the last one. Throws InputError when there is no such block.
  MaskHead(const GeneratorSpec& spec, std::int64_t block);

  [[nodiscard]] std::int64_t block() const { return block_; }
  /// Handles: `weight` [P, D] and `bias` [P], P cells of a token.
  [[nodiscard]] NamedTensors named_tensors() const { return {{"weight", weight_}, {"bias", bias_}}; }
  /// [B, 1, T, H, W] of a tap [B, N, D] whose tokens lie on `grid`. The tap is normalised over D.
  [[nodiscard]] Tensor logits(const Tensor& tap, const Grid& grid) const;

 private:
  std::int64_t block_;
  std::array<std::int64_t, 3> patch_;
  Tensor weight_, bias_;
};

}  // namespace flashmotion
