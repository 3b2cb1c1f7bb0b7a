#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softplus.h>

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// How logits become a loss.
enum class GanLoss {
  softplus,  // logistic (Goodfellow et al. 2014, non-saturating; FlashMotion)
  hinge,     // Lim and Ye 2017
};

template <>
struct EnumNames<GanLoss> {
  static constexpr std::array values{std::pair{GanLoss::softplus, std::string_view("softplus")},
                                     std::pair{GanLoss::hinge, std::string_view("hinge")}};
};

struct AdversarialConfig {
  GanLoss loss = GanLoss::softplus;
  bool relativistic = false;

  static void fields(auto& f, auto& c) {
    f("loss", c.loss, Choices<GanLoss>{}, "how logits become a loss");
    f("relativistic", c.relativistic, "compare fake with real logits instead of each with zero");
  }
};

/// The generator's side of a GAN: `mean softplus(-D(fake))` (FlashMotion, L_G) or, with hinge, `-mean D(fake)`;
/// relativistic, of `D(fake) - D(real)` in place of `D(fake)` (Jolicoeur-Martineau 2018).
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
    const Tensor margin = config_.relativistic ? fake - view[Quantity::real_logits] : fake;
    return {config_.loss == GanLoss::hinge ? -margin.mean() : at::softplus(-margin).mean()};
  }

 private:
  AdversarialConfig config_;
};
static_assert(Objective<AdversarialLoss>);

/// The discriminator's side: `mean softplus(-D(real)) + mean softplus(D(fake))` (FlashMotion, L_D) or, with hinge,
/// `mean relu(1 - D(real)) + mean relu(1 + D(fake))`; relativistic, one term of `D(real) - D(fake)`.
class DiscriminatorLoss {
 public:
  using Config = AdversarialConfig;
  explicit DiscriminatorLoss(const AdversarialConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "discriminator"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::real_logits, Quantity::fake_logits}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor& real = view[Quantity::real_logits];
    const Tensor& fake = view[Quantity::fake_logits];
    if (config_.relativistic) return {wrong(real - fake).mean()};
    return {wrong(real).mean() + wrong(-fake).mean()};
  }

 private:
  // How much a margin that should be positive costs.
  [[nodiscard]] Tensor wrong(const Tensor& margin) const {
    return config_.loss == GanLoss::hinge ? at::relu(1.0 - margin) : at::softplus(-margin);
  }

  AdversarialConfig config_;
};
static_assert(Objective<DiscriminatorLoss>);

}  // namespace flashmotion
