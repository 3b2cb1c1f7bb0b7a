#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <string_view>

namespace flashmotion {

/// What the diffusion loss compares.
enum class DiffusionTarget { velocity, clean };

template <>
struct EnumNames<DiffusionTarget> {
  static constexpr std::array values{std::pair{DiffusionTarget::velocity, std::string_view("velocity")},
                                     std::pair{DiffusionTarget::clean, std::string_view("clean")}};
};

/// The latent frames that are generated: all but frame 0, which the picture gives.
[[nodiscard]] inline Tensor generated_frames(const Tensor& latent) { return latent.narrow(2, 1, latent.size(2) - 1); }

struct DiffusionConfig {
  DiffusionTarget compare = DiffusionTarget::velocity;

  static void fields(auto& f, auto& c) {
    f("compare", c.compare, Choices<DiffusionTarget>{}, "mean square of velocities or of clean latents");
  }
};

/// Mean square error of velocity (flow matching) or of the clean estimate (FlashMotion's diffusion loss of stage 3),
/// over all frames but the given one.
class DiffusionLoss {
 public:
  using Config = DiffusionConfig;
  explicit DiffusionLoss(const DiffusionConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "diffusion"; }
  [[nodiscard]] Quantities needs() const {
    if (config_.compare == DiffusionTarget::velocity) return {Quantity::velocity_prediction, Quantity::velocity_target};
    return {Quantity::clean_prediction, Quantity::clean};
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const bool velocity = config_.compare == DiffusionTarget::velocity;
    const Tensor& have = view[velocity ? Quantity::velocity_prediction : Quantity::clean_prediction];
    const Tensor& want = view[velocity ? Quantity::velocity_target : Quantity::clean];
    return {generated_frames(have - want).square().mean()};
  }

 private:
  DiffusionConfig config_;
};
static_assert(Objective<DiffusionLoss>);

}  // namespace flashmotion
