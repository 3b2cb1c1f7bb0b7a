#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

// What the tests of the solvers share: tables, and the run with which the released code was measured.

namespace traces {

using flashmotion::Tensor;

/// Timesteps that the network sees: the first ones, and the last before the end.
template <flashmotion::Sampler S>
void check_timesteps(const S& sampler, const std::vector<double>& first, const std::vector<double>& last) {
  const std::span<const double> told = flashmotion::network_sigmas(sampler);
  const std::size_t steps = sampler.sigmas().size() - 1;
  REQUIRE(first.size() + last.size() <= steps + first.size());
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(told[i] * 1000 == Approx(first[i]).margin(1e-9));
  for (std::size_t i = 0; i < last.size(); ++i) {
    CHECK(told[steps - last.size() + i] * 1000 == Approx(last[i]).margin(1e-9));
  }
}

/// The levels from place `from` on.
template <flashmotion::Sampler S>
void check_sigmas(const S& sampler, std::size_t from, const std::vector<double>& want) {
  const std::span<const double> sigmas = sampler.sigmas();
  REQUIRE(from + want.size() <= sigmas.size());
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(sigmas[from + i] == Approx(want[i]).margin(1e-7));
}

/// Six numbers through the toy model `v = 0.7 x - 0.3 + 0.2 t / 1000` with the timestep that the network sees.
template <flashmotion::Sampler S>
Tensor golden_run(const S& sampler) {
  Tensor x = torch::tensor({1.5409960747, -0.2934288979, -2.1787893772, 0.5684312582, -1.0845223665, -1.3985954523},
                           torch::kFloat);
  flashmotion::SamplerState state;
  flashmotion::Rng rng(0, "unused");
  const auto told = flashmotion::network_sigmas(sampler);
  for (std::size_t i = 0; i + 1 < sampler.sigmas().size(); ++i) {
    x = sampler.step(x, x * 0.7 - 0.3 + 0.2 * told[i], i, state, rng);
  }
  return x;
}

}  // namespace traces
