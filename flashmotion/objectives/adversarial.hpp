#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>

#include <string_view>

namespace flashmotion {

struct AdversarialConfig {
  bool relativistic = false;

  static void fields(auto& f, auto& c) {
    f("relativistic", c.relativistic, "compare fake with real logits instead of each with zero");
  }
};

/// Generator's side of the logistic GAN: `mean softplus(-D(fake))` (FlashMotion, L_G).
class AdversarialLoss {
 public:
  using Config = AdversarialConfig;
  explicit AdversarialLoss(const AdversarialConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "adversarial"; }
  [[nodiscard]] Quantities needs() const {
    if (config_.relativistic) return {Quantity::fake_logits, Quantity::real_logits};
    return {Quantity::fake_logits};
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor& fake = view[Quantity::fake_logits];
    return {at::softplus(config_.relativistic ? view[Quantity::real_logits] - fake : -fake).mean()};
  }

 private:
  AdversarialConfig config_;
};
static_assert(Objective<AdversarialLoss>);

/// Discriminator's side: `mean softplus(-D(real)) + mean softplus(D(fake))` (FlashMotion, L_D).
class DiscriminatorLoss {
 public:
  using Config = AdversarialConfig;
  explicit DiscriminatorLoss(const AdversarialConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "discriminator"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::real_logits, Quantity::fake_logits}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor& real = view[Quantity::real_logits];
    const Tensor& fake = view[Quantity::fake_logits];
    if (config_.relativistic) return {at::softplus(fake - real).mean()};
    return {at::softplus(-real).mean() + at::softplus(fake).mean()};
  }

 private:
  AdversarialConfig config_;
};
static_assert(Objective<DiscriminatorLoss>);

}  // namespace flashmotion
