#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/multistep.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"
#include "flashmotion/samplers/timestep_rounding.hpp"

#include <ATen/TensorOperators.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct UnipcConfig {
  std::int64_t steps = 50;
  double shift = 5.0;
  SigmaGrid grid = SigmaGrid::wan;
  TimestepRounding timesteps = TimestepRounding::truncate;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 1000}, "network passes");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
    f("grid", c.grid, Choices<SigmaGrid>{},
      "whose noise levels: wan begins at the shifted 0.999, diffusers just below 1");
    f("timesteps", c.timesteps, Choices<TimestepRounding>{}, "rounding of the timestep that the network sees");
  }
};

/// UniPC of order 2 with B(h) of the second kind ("bh2"), on estimates of the clean latent (Zhao et al. 2023), for
/// velocities: Wan's default solver (FlowUniPCMultistepScheduler) and Diffusers' UniPCMultistepScheduler with flow
/// sigmas. A step corrects its starting point by the new estimate before it goes on.
class Unipc {
 public:
  using Config = UnipcConfig;
  explicit Unipc(const UnipcConfig& config)
      : sigmas_(levels(config)), network_sigmas_(round_sigmas(sigmas_, config.timesteps)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] std::span<const double> network_sigmas() const { return network_sigmas_; }
  /// The history is the clean estimates of the last two steps and the corrected sample of the last.
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& /*rng*/) const {
    const Tensor clean = x - velocity * sigmas_[i];
    std::vector<Tensor>& history = state.history;
    if (history.empty()) {
      history = {clean, x};
      return second_order_step(x, clean, {}, sigmas_, i);
    }
    const Tensor corrected = correct(clean, i, history);
    const Tensor previous = history[history.size() - 2];
    history = {previous, clean, corrected};
    return second_order_step(corrected, clean, previous, sigmas_, i);
  }

 private:
  static std::vector<double> levels(const UnipcConfig& config) {
    if (config.grid == SigmaGrid::wan) return open_ended_sigmas(0.999, 0.0, config.steps, config.shift);
    std::vector<double> sigmas = open_ended_sigmas(1.0, 1e-3, config.steps, config.shift);
    sigmas.front() -= 1e-6;  // lambda is infinite at 1
    return sigmas;
  }

  // The sample at level i from that of level i - 1, now that the clean estimate at level i is known.
  [[nodiscard]] Tensor correct(const Tensor& clean, std::size_t i, const std::vector<Tensor>& history) const {
    const Tensor& start = history.back();
    const Tensor& last = history[history.size() - 2];
    const double from = sigmas_[i - 1], to = sigmas_[i];
    if (history.size() == 2) return move_towards(start, last + (clean - last) * 0.5, from, to);
    const Tensor& older = history.front();
    const double h = half_log_snr(to) - half_log_snr(from);
    const double r = (half_log_snr(sigmas_[i - 2]) - half_log_snr(from)) / h;  // below 0
    const double phi = std::expm1(-h);
    const double k1 = phi / -h - 1.0;
    const double k2 = k1 / -h - 0.5;
    const double b1 = k1 / phi, b2 = 2.0 * k2 / phi;
    // rho_1 + rho_2 = b1 and r rho_1 + rho_2 = b2.
    const double rho1 = (b1 - b2) / (1.0 - r);
    const double rho2 = b1 - rho1;
    return move_towards(start, last + (older - last) * (rho1 / r) + (clean - last) * rho2, from, to);
  }

  std::vector<double> sigmas_, network_sigmas_;
};
static_assert(Sampler<Unipc>);

}  // namespace flashmotion
