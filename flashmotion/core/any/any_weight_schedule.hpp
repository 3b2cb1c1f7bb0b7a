#pragma once

#include "flashmotion/core/concepts/weight_schedule.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives a weight schedule of any type the virtual interface.
template <WeightSchedule M>
class WeightScheduleModel final : public IWeightSchedule {
 public:
  explicit WeightScheduleModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] double at(std::int64_t step) const override { return model_.at(step); }

 private:
  M model_;
};

/// A weight schedule of any type; copies share it.
class AnyWeightSchedule {
 public:
  AnyWeightSchedule() = default;
  explicit AnyWeightSchedule(std::shared_ptr<IWeightSchedule> model) : model_(std::move(model)) {}
  /// Implicit, as a schedule is a small value: `{name, objective, InverseWeight{}}`.
  template <WeightSchedule M>
  requires(!std::same_as<M, AnyWeightSchedule>) AnyWeightSchedule(M model)  // NOLINT(google-explicit-constructor)
      : model_(std::make_shared<WeightScheduleModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] double at(std::int64_t step) const { return model_->at(step); }

 private:
  std::shared_ptr<IWeightSchedule> model_;
};

static_assert(WeightSchedule<AnyWeightSchedule>);

}  // namespace flashmotion
