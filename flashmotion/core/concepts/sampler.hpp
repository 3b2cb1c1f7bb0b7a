#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace flashmotion {

/// What a sampler remembers between steps of one clip: earlier estimates and samples, newest last.
struct SamplerState {
  std::vector<Tensor> history;
};

/// Turns noise into a clip by a list of noise levels.
/// Laws: sigmas fall strictly and end at 0; with an exact predictor the last step returns the clean latent;
/// the history lives in the state, so that one sampler serves many clips.
/// A sampler may have `network_sigmas()` too, see below.
template <class S>
concept Sampler = requires(const S& s, const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                           Rng& rng) {
  { s.sigmas() } -> std::convertible_to<std::span<const double>>;
  { s.step(x, velocity, i, state, rng) } -> std::same_as<Tensor>;  // x at sigmas()[i + 1]
};

/// The noise level that the network is told at each step: the sampler's own `network_sigmas()`, when its reference
/// rounds timesteps, or else `sigmas()`. Entry i belongs to step i; there may be a last one for the clean latent.
template <Sampler S>
[[nodiscard]] std::span<const double> network_sigmas(const S& sampler) {
  if constexpr (requires {
                  { sampler.network_sigmas() } -> std::convertible_to<std::span<const double>>;
                })
    return sampler.network_sigmas();
  else
    return sampler.sigmas();
}

}  // namespace flashmotion
