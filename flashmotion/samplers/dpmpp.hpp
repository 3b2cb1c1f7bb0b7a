#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/multistep.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"
#include "flashmotion/samplers/timestep_rounding.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct DpmppConfig {
  std::int64_t steps = 50;
  double shift = 5.0;
  SigmaGrid grid = SigmaGrid::wan;
  TimestepRounding timesteps = TimestepRounding::truncate;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 1000}, "network passes");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
    f("grid", c.grid, Choices<SigmaGrid>{}, "whose noise levels: wan begins at 1, diffusers at the shifted 0.999");
    f("timesteps", c.timesteps, Choices<TimestepRounding>{}, "rounding of the timestep that the network sees");
  }
};

/// DPM-Solver++ of order 2, multistep, midpoint (2M of Lu et al. 2022), for velocities: what Wan calls `dpm++`
/// (FlowDPMSolverMultistepScheduler) and Diffusers DPMSolverMultistepScheduler with flow sigmas.
class Dpmpp {
 public:
  using Config = DpmppConfig;
  explicit Dpmpp(const DpmppConfig& config)
      : sigmas_(open_ended_sigmas(config.grid == SigmaGrid::wan ? 1.0 : 0.999, 0.0, config.steps, config.shift)),
        network_sigmas_(round_sigmas(sigmas_, config.timesteps)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] std::span<const double> network_sigmas() const { return network_sigmas_; }
  /// The history is the last clean estimate.
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& /*rng*/) const {
    const Tensor clean = x - velocity * sigmas_[i];
    const Tensor previous = state.history.empty() ? Tensor() : state.history.back();
    state.history = {clean};
    return second_order_step(x, clean, previous, sigmas_, i);
  }

 private:
  std::vector<double> sigmas_, network_sigmas_;
};
static_assert(Sampler<Dpmpp>);

}  // namespace flashmotion
