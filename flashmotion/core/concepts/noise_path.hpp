#pragma once

#include "flashmotion/core/tensor.hpp"

#include <concepts>

namespace flashmotion {

/// How clean data and noise are mixed, and what a velocity means.
/// Laws: diffuse at sigma 0 is the clean latent, at 1 the noise; to_clean(diffuse(x, e, s), target(x, e), s) is x.
template <class P>
concept NoisePath = requires(const P& p, const Tensor& clean, const Tensor& noise, const Tensor& noisy,
                             const Tensor& velocity, const Tensor& sigma) {
  { p.diffuse(clean, noise, sigma) } -> std::same_as<Tensor>;
  { p.target(clean, noise) } -> std::same_as<Tensor>;
  { p.to_clean(noisy, velocity, sigma) } -> std::same_as<Tensor>;
};

}  // namespace flashmotion
