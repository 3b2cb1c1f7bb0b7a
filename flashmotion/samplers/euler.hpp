#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct EulerConfig {
  std::int64_t steps = 50;
  double shift = 5.0;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 1000}, "network passes");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
  }
};

/// Euler steps along the probability flow: `x += (sigma_next - sigma) velocity`.
class Euler {
 public:
  using Config = EulerConfig;
  explicit Euler(const EulerConfig& config) : sigmas_(shifted_sigmas(config.steps, config.shift)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& /*state*/,
                            Rng& /*rng*/) const {
    return x + velocity * (sigmas_[i + 1] - sigmas_[i]);
  }

 private:
  std::vector<double> sigmas_;
};
static_assert(Sampler<Euler>);

}  // namespace flashmotion
