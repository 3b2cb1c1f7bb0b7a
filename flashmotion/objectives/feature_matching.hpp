#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>

#include <string_view>

namespace flashmotion {

struct FeatureMatchingConfig {
  bool relative = false;

  static void fields(auto& f, auto& c) {
    f("relative", c.relative, "divide each block's distance by the mean size of its real features");
  }
};

/// Feature matching (Salimans et al. 2016; by layers and in L1 as Wang et al. 2018, pix2pixHD, eq. 3): the mean over
/// the discriminator's blocks of `mean |fake - real|`, features of the noised generated and real latent. Only the
/// generated side has a gradient. Stages: `hybrid`, target `adapter`.
class FeatureMatching {
 public:
  using Config = FeatureMatchingConfig;
  explicit FeatureMatching(const FeatureMatchingConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "feature_matching"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::fake_features, Quantity::real_features}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor real = view[Quantity::real_features].detach();
    const Tensor distance = (view[Quantity::fake_features] - real).abs().mean({1, 2, 3});  // [K]
    if (!config_.relative) return {distance.mean()};
    return {(distance / real.abs().mean({1, 2, 3}).clamp_min(kSmallest)).mean()};
  }

 private:
  static constexpr double kSmallest = 1e-6;  // divisor of a block that is silent

  FeatureMatchingConfig config_;
};
static_assert(Objective<FeatureMatching>);

}  // namespace flashmotion
