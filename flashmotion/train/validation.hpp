#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/train/cases.hpp"
#include "flashmotion/train/trainer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion {

class Experiment;

/// How far a figure is from what it should be: less is better, whatever the metric. Sharpness counts by its distance
/// from 1. Infinite for what is no number.
[[nodiscard]] FLASHMOTION_EXPORT double validation_loss(std::string_view metric, double value);

/// The fixed clips of `[validation]` and how they are looked at. Drawn when the first stage asks for them.
class FLASHMOTION_EXPORT Validation {
 public:
  /// `experiment` outlives it.
  explicit Validation(const Experiment& experiment) : experiment_(experiment) {}

  /// For a stage that is trained in the folder `result`. None when the recipe asks for none, or the stage has no
  /// sampler to look by. Each look writes a contact sheet `validation.<step>.png` into that folder. Of several
  /// processes one `looks`, and the others need no clips.
  [[nodiscard]] std::optional<StageValidation> of(const StageConfig& stage, const std::string& result,
                                                  bool looks = true);

 private:
  [[nodiscard]] StageValidation::Look look(const StageConfig& stage, const std::string& result, IStage& trained,
                                           std::int64_t step, const StopFlag& stop);
  void draw();

  const Experiment& experiment_;
  std::optional<FixedCases> cases_;
  std::optional<Evaluator> evaluator_;
};

}  // namespace flashmotion
