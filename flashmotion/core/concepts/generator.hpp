#pragma once

#include "flashmotion/core/concepts/trainable.hpp"
#include "flashmotion/core/types.hpp"

namespace flashmotion {

/// A video diffusion network that predicts velocity.
/// Laws: no edits, null edits and empty edits give the same prediction; taps do not change it;
/// the gradient reaches latent, edits and parameters.
template <class G>
concept Generator = Trainable<G> && requires(G& g, const G& cg, const DenoiseRequest& request) {
  { cg.spec() } -> std::same_as<GeneratorSpec>;
  { g.denoise(request) } -> std::same_as<DenoiseResult>;
};

}  // namespace flashmotion
