#include "flashmotion/train/stage.hpp"

namespace flashmotion {

IStage::~IStage() = default;

void train_role(Role& role, const ObjectiveStack& objectives, QuantitySource& source, std::int64_t step,
                std::int64_t steps, StepReport& report) {
  Descent descent({&role}, objectives, step, steps, {});
  descent.add(source);
  descent.finish(report);
}

}  // namespace flashmotion
