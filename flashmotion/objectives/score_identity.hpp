#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/score_difference.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/nan_to_num.h>

#include <string_view>

namespace flashmotion {

struct ScoreIdentityConfig {
  double alpha = 1.0;
  double normaliser_floor = 1e-3;
  bool given_frame = false;

  static void fields(auto& f, auto& c) {
    f("alpha", c.alpha, AtLeast{0.0}, "weight of the squared score difference that is taken off");
    f("normaliser_floor", c.normaliser_floor, AtLeast{0.0}, "smallest divisor");
    f("given_frame", c.given_frame, "count frame 0 in both means");
  }
};

/// Score identity distillation (SiD, Zhou et al. 2024), in clean estimates:
/// `mean (real - fake) ((real - sample) - alpha (real - fake)) / mean |sample - real|`. Unlike distribution matching it
/// takes its gradient through both scores.
class ScoreIdentity {
 public:
  using Config = ScoreIdentityConfig;
  explicit ScoreIdentity(const ScoreIdentityConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "score_identity"; }
  [[nodiscard]] Quantities needs() const {
    return {Quantity::student_sample, Quantity::live_real_score, Quantity::live_fake_score};
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const auto frames = [&](Quantity q) { return config_.given_frame ? view[q] : generated_frames(view[q]); };
    const Tensor sample = frames(Quantity::student_sample);
    const Tensor real = frames(Quantity::live_real_score);
    const Tensor difference = real - frames(Quantity::live_fake_score);
    const Tensor product = difference * ((real - sample) - difference * config_.alpha);
    return {at::nan_to_num(product / score_normaliser(sample, real, config_.normaliser_floor)).mean()};
  }

 private:
  ScoreIdentityConfig config_;
};
static_assert(Objective<ScoreIdentity>);

}  // namespace flashmotion
