#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/samplers/conditioned.hpp"

#include <ATen/ops/cat.h>

#include <cstdint>
#include <vector>

namespace flashmotion {

/// The diffusion discriminator: a head on the features that a frozen generator has of a noised latent.
template <Generator G, DiscriminatorHead D>
class DiffusionDiscriminator {
 public:
  DiffusionDiscriminator(G& features, D& head)
      : features_(features), head_(head), spec_(features.spec()), taps_(head.tap_blocks(spec_)) {}

  /// Hidden states, each [B, N, D], of a latent [B, C, T, H, W] that is noised to `sigma` [B]. The gradient reaches the
  /// latent.
  [[nodiscard]] std::vector<Tensor> features(const Tensor& noised, const Tensor& sigma, const Condition& condition) {
    return features_
        .denoise({.latent = with_first_frame(noised, condition.image),
                  .sigma = frame_sigma(sigma, noised.size(2), condition.image),
                  .text = condition.text,
                  .image = condition.image,
                  .edits = nullptr,
                  .taps = taps_,
                  .taps_only = true})
        .taps;
  }
  /// What the head makes of them, logits [B, P].
  [[nodiscard]] Tensor judge(const std::vector<Tensor>& taps, const Tensor& noised, const Tensor& sigma,
                             const Condition& condition) {
    return head_.logits({.taps = taps,
                         .grid = spec_.grid(noised),
                         .sigma = sigma,
                         .text = condition.text,
                         .image = condition.image,
                         .control = condition.control});
  }
  /// Both in one.
  [[nodiscard]] Tensor logits(const Tensor& noised, const Tensor& sigma, const Condition& condition) {
    return judge(features(noised, sigma, condition), noised, sigma, condition);
  }

 private:
  G& features_;
  D& head_;
  GeneratorSpec spec_;
  std::vector<std::int64_t> taps_;
};

/// Two conditions in one batch.
[[nodiscard]] inline Condition doubled(const Condition& c) {
  const auto twice = [](const Tensor& x) { return x.defined() ? at::cat({x, x}) : x; };
  return {{twice(c.text.tokens)}, {twice(c.image.first_frame)}, twice(c.control)};
}

}  // namespace flashmotion
