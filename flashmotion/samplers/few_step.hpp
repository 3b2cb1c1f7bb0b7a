#pragma once

#include "flashmotion/core/concepts/sampler.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

struct FewStepConfig {
  std::int64_t steps = 4;
  double shift = 5.0;
  bool warp = true;

  static void fields(auto& f, auto& c) {
    f("steps", c.steps, Range{1, 64}, "network passes");
    f("shift", c.shift, Above{0.0}, "flow shift of the noise levels");
    f("warp", c.warp, "shift the evenly spaced levels (as in training); false takes them as they are");
  }
};

/// Consistency-type sampling of distilled generators: estimate the clean latent, then noise it afresh to the next
/// level (DMD2, Yin et al. 2024, section 4.5). Levels 1, 3/4, 1/2, 1/4 shifted for four steps.
class FewStep {
 public:
  using Config = FewStepConfig;
  explicit FewStep(const FewStepConfig& config)
      : sigmas_(shifted_sigmas(config.steps, config.warp ? config.shift : 1.0)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& /*state*/,
                            Rng& rng) const {
    Tensor clean = x - velocity * sigmas_[i];
    const double next = sigmas_[i + 1];
    if (next == 0.0) return clean;
    return clean * (1.0 - next) + rng.normal(x.sizes()).to(x.options()) * next;
  }

 private:
  std::vector<double> sigmas_;
};
static_assert(Sampler<FewStep>);

}  // namespace flashmotion
