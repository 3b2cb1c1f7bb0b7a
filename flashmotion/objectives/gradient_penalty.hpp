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

/// How the slope of the logits is found.
enum class PenaltyForm {
  approximate,  // by a finite difference along random noise: a pass more, first derivatives only
  exact,        // by the gradient itself, which is differentiated again
};

template <>
struct EnumNames<PenaltyForm> {
  static constexpr std::array values{std::pair{PenaltyForm::approximate, std::string_view("approximate")},
                                     std::pair{PenaltyForm::exact, std::string_view("exact")}};
};

/// Change of logits [B, P] for each unit of noise that was added to what the discriminator saw.
[[nodiscard]] inline Tensor logit_slope(const Tensor& perturbed, const Tensor& logits, double size) {
  return (perturbed - logits) / size;
}

struct GradientPenaltyConfig {
  PenaltySide of = PenaltySide::real;
  PenaltyForm form = PenaltyForm::approximate;

  static void fields(auto& f, auto& c) {
    f("of", c.of, Choices<PenaltySide>{}, "logits of real latents (R1) or of generated ones (R2)");
    f("form", c.form, Choices<PenaltyForm>{},
      "by a finite difference, or by the gradient, which takes a second derivative");
  }
};

/// The discriminator's R1 or R2 penalty (Mescheder et al. 2018, eq. 9 and 10, without the half).
///
/// Approximate: `mean ((D(x + s e) - D(x)) / s)^2`, e standard normal, which needs no second derivative (approximated
/// R1, Lin et al. 2025, Diffusion Adversarial Post-Training). Exact: the mean over clips of `|grad_x mean_P D(x)|^2`,
/// summed over the noised latent. For one logit a clip the first estimates the second; of P logits the first sees the
/// mean of their slopes' squares, the second the square of their mean slope, which is never larger.
class GradientPenalty {
 public:
  using Config = GradientPenaltyConfig;
  explicit GradientPenalty(const GradientPenaltyConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "gradient_penalty"; }
  [[nodiscard]] Quantities needs() const { return {slope()}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor square = view[slope()].square();
    return {config_.form == PenaltyForm::exact ? square.sum({1, 2, 3, 4}).mean() : square.mean()};
  }

 private:
  [[nodiscard]] Quantity slope() const {
    const bool real = config_.of == PenaltySide::real;
    if (config_.form == PenaltyForm::exact) return real ? Quantity::real_gradient : Quantity::fake_gradient;
    return real ? Quantity::real_slope : Quantity::fake_slope;
  }

  GradientPenaltyConfig config_;
};
static_assert(Objective<GradientPenalty>);

}  // namespace flashmotion
