#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/objectives/stack.hpp"
#include "flashmotion/train/descent.hpp"
#include "flashmotion/train/role.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flashmotion {

/// A stage of a recipe: trains its roles, step by step. Each step depends on the state and the step's number
/// only.
class FLASHMOTION_EXPORT IStage {
 public:
  virtual ~IStage();
  virtual StepReport step(std::int64_t step) = 0;
  /// The trained networks, in a stable order.
  [[nodiscard]] virtual std::vector<Role*> roles() = 0;
};

/// Objectives by the role that they train.
using ObjectivesByTarget = std::map<std::string, ObjectiveStack>;

/// The share of one role in a step of one batch: its active objectives, and a descent along their sum.
FLASHMOTION_EXPORT void train_role(Role& role, const ObjectiveStack& objectives, QuantitySource& source,
                                   std::int64_t step, std::int64_t steps, StepReport& report);

}  // namespace flashmotion
