#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <ATen/TensorOperators.h>

#include <string_view>

namespace object_diffusion_objective {

struct ObjectDiffusionConfig {
  flashmotion::DiffusionTarget compare = flashmotion::DiffusionTarget::velocity;
  double inside = 4.0;

  static void fields(auto& f, auto& c) {
    f("compare", c.compare, flashmotion::Choices<flashmotion::DiffusionTarget>{},
      "mean square of velocities or of clean latents");
    f("inside", c.inside, flashmotion::Range{0.0, 1000.0}, "weight of a cell that objects cover; others have 1");
  }
  void validate(flashmotion::Check& check) const {
    if (compare == flashmotion::DiffusionTarget::noise) check.error("compare", kNoNoise);
  }
  static constexpr const char* kNoNoise = "'compare' must be \"velocity\" or \"clean\" here";
};

/// The diffusion loss with weights: the mean over all frames but the given one of the squared errors, each cell
/// weighing `1 + (inside - 1) cover`, `cover` the share of it that objects cover. Objects take a small part of a clip;
/// without weights most of the loss is background, which the adapter does not have to learn.
class ObjectDiffusion {
 public:
  using Config = ObjectDiffusionConfig;
  explicit ObjectDiffusion(const ObjectDiffusionConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "object_diffusion"; }
  [[nodiscard]] flashmotion::Quantities needs() const { return {have(), want(), flashmotion::Quantity::object_cover}; }
  [[nodiscard]] flashmotion::LossTerm operator()(const flashmotion::StepView& view) const {
    using flashmotion::generated_frames;
    const flashmotion::Tensor error = generated_frames(view[have()] - view[want()]).square();
    const flashmotion::Tensor cover = generated_frames(view[flashmotion::Quantity::object_cover]);
    const flashmotion::Tensor weight = (1.0 + (config_.inside - 1.0) * cover).expand_as(error);
    // A clip whose every cell is covered by objects of weight 0 gives 0.
    return {(error * weight).sum() / weight.sum().clamp_min(1e-6)};
  }

 private:
  [[nodiscard]] bool clean() const { return config_.compare == flashmotion::DiffusionTarget::clean; }
  [[nodiscard]] flashmotion::Quantity have() const {
    return clean() ? flashmotion::Quantity::clean_prediction : flashmotion::Quantity::velocity_prediction;
  }
  [[nodiscard]] flashmotion::Quantity want() const {
    return clean() ? flashmotion::Quantity::clean : flashmotion::Quantity::velocity_target;
  }

  ObjectDiffusionConfig config_;
};
static_assert(flashmotion::Objective<ObjectDiffusion>);

}  // namespace object_diffusion_objective
