#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/samplers/conditioned.hpp"

#include <ATen/ops/full.h>

#include <cstddef>
#include <span>

namespace flashmotion {

/// The denoising loop: the only one. `noise` is [B, C, T, H, W]; after each step `progress(step, of)` is called, which
/// may throw to stop. Returns the clean latent, frame 0 as given. Runs without gradients unless they are on.
template <Sampler S, Generator G, Adapter A, class Progress>
[[nodiscard]] Tensor sample(const S& sampler, Conditioned<G, A>& generator, const Tensor& noise, Rng& rng,
                            Progress&& progress) {
  const std::span<const double> sigmas = sampler.sigmas();
  const std::span<const double> told = network_sigmas(sampler);
  SamplerState state;
  Tensor x = with_first_frame(noise, generator.condition().image);
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) {
    const Tensor sigma = at::full({x.size(0)}, told[i], x.options());
    x = with_first_frame(sampler.step(x, generator.velocity(x, sigma), i, state, rng), generator.condition().image);
    progress(i + 1, sigmas.size() - 1);
  }
  return x;
}

template <Sampler S, Generator G, Adapter A>
[[nodiscard]] Tensor sample(const S& sampler, Conditioned<G, A>& generator, const Tensor& noise, Rng& rng) {
  return sample(sampler, generator, noise, rng, [](std::size_t, std::size_t) {});
}

}  // namespace flashmotion
