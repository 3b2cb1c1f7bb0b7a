#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// Whose logits are to be flat.
enum class PenaltySide {
  real,  // R1
  fake,  // R2
};

template <>
struct EnumNames<PenaltySide> {
  static constexpr std::array values{std::pair{PenaltySide::real, std::string_view("real")},
                                     std::pair{PenaltySide::fake, std::string_view("fake")}};
};

/// Change of logits [B, P] for each unit of noise that was added to what the discriminator saw.
[[nodiscard]] inline Tensor logit_slope(const Tensor& perturbed, const Tensor& logits, double size) {
  return (perturbed - logits) / size;
}

struct GradientPenaltyConfig {
  PenaltySide of = PenaltySide::real;

  static void fields(auto& f, auto& c) {
    f("of", c.of, Choices<PenaltySide>{}, "logits of real latents (R1) or of generated ones (R2)");
  }
};

/// The discriminator's R1 or R2 penalty by a finite difference, which needs no second derivative:
/// `mean ((D(x + s e) - D(x)) / s)^2` (approximated R1, Lin et al. 2025, Diffusion Adversarial Post-Training).
class GradientPenalty {
 public:
  using Config = GradientPenaltyConfig;
  explicit GradientPenalty(const GradientPenaltyConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "gradient_penalty"; }
  [[nodiscard]] Quantities needs() const { return {slope()}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const { return {view[slope()].square().mean()}; }

 private:
  [[nodiscard]] Quantity slope() const {
    return config_.of == PenaltySide::real ? Quantity::real_slope : Quantity::fake_slope;
  }

  GradientPenaltyConfig config_;
};
static_assert(Objective<GradientPenalty>);

}  // namespace flashmotion
