#include "flashmotion/train/stage.hpp"

namespace flashmotion {

IStage::~IStage() = default;

void train_role(Role& role, const ObjectiveStack& objectives, QuantitySource& source, std::int64_t step,
                std::int64_t steps, StepReport& report) {
  StackValue value = objectives(source, step);
  for (TermValue& term : value.terms) report.terms.push_back(std::move(term));
  if (value.total.defined()) report.gradient_norms.emplace_back(role.name(), role.descend(value.total, step, steps));
}

}  // namespace flashmotion
