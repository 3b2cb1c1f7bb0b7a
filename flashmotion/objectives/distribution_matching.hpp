#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/score_difference.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>

#include <string_view>

namespace flashmotion {

struct DistributionMatchingConfig {
  double normaliser_floor = 1e-3;
  bool given_frame = false;

  static void fields(auto& f, auto& c) {
    f("normaliser_floor", c.normaliser_floor, AtLeast{0.0}, "smallest divisor of the gradient");
    f("given_frame", c.given_frame, "count frame 0 in both means, as the released few-step Wan training does");
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
    const auto frames = [&](Quantity q) { return config_.given_frame ? view[q] : generated_frames(view[q]); };
    const Tensor sample = frames(Quantity::student_sample);
    const Tensor real = frames(Quantity::real_score);
    const Tensor normaliser = score_normaliser(sample, real, config_.normaliser_floor);
    const Tensor gradient = matching_gradient(frames(Quantity::fake_score), real, normaliser);
    return {squares_with_gradient(sample, gradient).mean() * 0.5};
  }

 private:
  DistributionMatchingConfig config_;
};
static_assert(Objective<DistributionMatching>);

}  // namespace flashmotion
