#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace heun_sampler {

struct HeunConfig {
  std::int64_t steps = 25;
  double shift = 5.0;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, flashmotion::Range{1, 1000}, "network passes");
    f("shift", c.shift, flashmotion::Above{0.0}, "flow shift of the noise levels");
  }
};

/// Heun's method along the probability flow: a step predicts by Euler and is corrected by the mean of the velocities
/// at its two ends. The velocity at the predicted end also begins the next step (predict, evaluate, correct), so that a
/// step costs one pass and levels fall strictly. The last step, behind which nothing is evaluated, is Euler's.
class Heun {
 public:
  using Config = HeunConfig;
  explicit Heun(const HeunConfig& config) : sigmas_(flashmotion::shifted_sigmas(config.steps, config.shift)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  /// The history is where the last step began, and the velocity there.
  [[nodiscard]] flashmotion::Tensor step(const flashmotion::Tensor& x, const flashmotion::Tensor& velocity,
                                         std::size_t i, flashmotion::SamplerState& state,
                                         flashmotion::Rng& /*rng*/) const {
    flashmotion::Tensor start = x;
    if (!state.history.empty()) {
      start = state.history[0] + (state.history[1] + velocity) * (0.5 * (sigmas_[i] - sigmas_[i - 1]));
    }
    state.history = {start, velocity};
    return start + velocity * (sigmas_[i + 1] - sigmas_[i]);
  }

 private:
  std::vector<double> sigmas_;
};
static_assert(flashmotion::Sampler<Heun>);

}  // namespace heun_sampler
