#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/flow_path.hpp"
#include "flashmotion/samplers/flow_table.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// What the diffusion loss compares.
enum class DiffusionTarget {
  velocity,
  clean,
  noise,  // the noise that the velocity points to
};

template <>
struct EnumNames<DiffusionTarget> {
  static constexpr std::array values{std::pair{DiffusionTarget::velocity, std::string_view("velocity")},
                                     std::pair{DiffusionTarget::clean, std::string_view("clean")},
                                     std::pair{DiffusionTarget::noise, std::string_view("noise")}};
};

/// How the noise levels count.
enum class LevelWeighting {
  even,
  table,  // by the training weights of a FlowTable: most around timestep 500, none at the noisy end
};

template <>
struct EnumNames<LevelWeighting> {
  static constexpr std::array values{std::pair{LevelWeighting::even, std::string_view("even")},
                                     std::pair{LevelWeighting::table, std::string_view("table")}};
};

/// The latent frames that are generated: all but frame 0, which the picture gives.
[[nodiscard]] inline Tensor generated_frames(const Tensor& latent) { return latent.narrow(2, 1, latent.size(2) - 1); }

struct DiffusionConfig {
  DiffusionTarget compare = DiffusionTarget::velocity;
  LevelWeighting levels = LevelWeighting::even;
  double table_shift = 5.0;

  static void fields(auto& f, auto& c) {
    f("compare", c.compare, Choices<DiffusionTarget>{}, "mean square of velocities, of clean latents or of noises");
    f("levels", c.levels, Choices<LevelWeighting>{}, "weight of the noise levels");
    f("table_shift", c.table_shift, Above{0.0}, "flow shift of the table of 'levels'");
  }
};

/// Mean square error of velocity (flow matching), of the clean estimate (FlashMotion's diffusion loss of stage 3) or of
/// the noise, over all frames but the given one.
class DiffusionLoss {
 public:
  using Config = DiffusionConfig;
  explicit DiffusionLoss(const DiffusionConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "diffusion"; }
  [[nodiscard]] Quantities needs() const {
    Quantities all = config_.compare == DiffusionTarget::clean
                         ? Quantities{Quantity::clean_prediction, Quantity::clean}
                         : Quantities{Quantity::velocity_prediction, Quantity::velocity_target};
    if (needs_sigma()) all = all | Quantities{Quantity::sigma};
    return all;
  }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const bool clean = config_.compare == DiffusionTarget::clean;
    const Tensor& have = view[clean ? Quantity::clean_prediction : Quantity::velocity_prediction];
    const Tensor& want = view[clean ? Quantity::clean : Quantity::velocity_target];
    Tensor error = generated_frames(have - want);
    // noise = x + (1 - sigma) velocity, from the same x.
    if (config_.compare == DiffusionTarget::noise) error = error * (1.0 - broadcast_sigma(view[Quantity::sigma]));
    if (config_.levels == LevelWeighting::even) return {error.square().mean()};
    const FlowTable table(config_.table_shift);
    const Tensor& sigma = view[Quantity::sigma];
    const Tensor weights = table.training_weights().to(sigma).index_select(0, table.nearest(sigma * 1000));
    return {(error.square().mean({1, 2, 3, 4}) * weights).mean()};
  }

 private:
  [[nodiscard]] bool needs_sigma() const {
    return config_.compare == DiffusionTarget::noise || config_.levels == LevelWeighting::table;
  }

  DiffusionConfig config_;
};
static_assert(Objective<DiffusionLoss>);

}  // namespace flashmotion
