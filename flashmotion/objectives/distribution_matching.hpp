#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/nan_to_num.h>

#include <string_view>

namespace flashmotion {

struct DistributionMatchingConfig {
  double normaliser_floor = 1e-3;

  static void fields(auto& f, auto& c) {
    f("normaliser_floor", c.normaliser_floor, Above{0.0}, "smallest divisor of the gradient");
  }
};

/// Distribution matching distillation (DMD, Yin et al. 2024, eq. 7 and 8): the sample is moved along
/// `(real_score - fake_score) / mean |sample - real_score|`. The value is half the mean square distance to that fixed
/// target, so that its gradient is the wanted one.
class DistributionMatching {
 public:
  using Config = DistributionMatchingConfig;
  explicit DistributionMatching(const DistributionMatchingConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "distribution_matching"; }
  [[nodiscard]] Quantities needs() const {
    return {Quantity::student_sample, Quantity::real_score, Quantity::fake_score};
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor sample = generated_frames(view[Quantity::student_sample]);
    const Tensor real = generated_frames(view[Quantity::real_score]).detach();
    const Tensor fake = generated_frames(view[Quantity::fake_score]).detach();
    const Tensor scale = (sample.detach() - real).abs().mean({1, 2, 3, 4}, true).clamp_min(config_.normaliser_floor);
    const Tensor gradient = at::nan_to_num((fake - real) / scale);
    return {(sample - (sample.detach() - gradient)).square().mean() * 0.5};
  }

 private:
  DistributionMatchingConfig config_;
};
static_assert(Objective<DistributionMatching>);

}  // namespace flashmotion
