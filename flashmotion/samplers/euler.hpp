#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"
#include "flashmotion/samplers/timestep_rounding.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct EulerConfig {
  std::int64_t steps = 50;
  double shift = 5.0;
  SigmaGrid grid = SigmaGrid::wan;
  TimestepRounding timesteps = TimestepRounding::exact;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 1000}, "network passes");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
    f("grid", c.grid, Choices<SigmaGrid>{}, "whose noise levels; diffusers shifts twice and ends just above 0");
    f("timesteps", c.timesteps, Choices<TimestepRounding>{}, "rounding of the timestep that the network sees");
  }
};

/// Euler steps along the probability flow: `x += (sigma_next - sigma) velocity`. The levels of grid `wan` are those of
/// FlowMatchScheduler in the few-step Wan repositories; of `diffusers`, those of FlowMatchEulerDiscreteScheduler, which
/// takes its end from a shifted table and shifts again.
class Euler {
 public:
  using Config = EulerConfig;
  explicit Euler(const EulerConfig& config)
      : sigmas_(levels(config)), network_sigmas_(round_sigmas(sigmas_, config.timesteps)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] std::span<const double> network_sigmas() const { return network_sigmas_; }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& /*state*/,
                            Rng& /*rng*/) const {
    return x + velocity * (sigmas_[i + 1] - sigmas_[i]);
  }

 private:
  static std::vector<double> levels(const EulerConfig& config) {
    if (config.grid == SigmaGrid::wan) return shifted_sigmas(config.steps, config.shift);
    std::vector<double> sigmas = evenly_spaced(1.0, shift_sigma(1e-3, config.shift), config.steps);
    for (double& sigma : sigmas) sigma = shift_sigma(sigma, config.shift);
    sigmas.push_back(0.0);
    return sigmas;
  }

  std::vector<double> sigmas_, network_sigmas_;
};
static_assert(Sampler<Euler>);

}  // namespace flashmotion
