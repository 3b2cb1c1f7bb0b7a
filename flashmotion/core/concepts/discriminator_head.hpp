#pragma once

#include "flashmotion/core/concepts/trainable.hpp"
#include "flashmotion/core/types.hpp"

#include <cstdint>
#include <vector>

namespace flashmotion {

/// Tells real from generated clips by the features of a frozen generator on the noised latent.
/// Laws: tap blocks are rising and exist; logits are finite, [B, P]; the gradient reaches the taps and every parameter.
template <class D>
concept DiscriminatorHead = Trainable<D> &&
    requires(D& d, const D& cd, const GeneratorSpec& spec, const HeadRequest& request) {
  { cd.tap_blocks(spec) } -> std::same_as<std::vector<std::int64_t>>;
  { d.logits(request) } -> std::same_as<Tensor>;
};

}  // namespace flashmotion
