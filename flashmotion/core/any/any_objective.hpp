#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/core/interfaces.hpp"

#include <memory>
#include <utility>

namespace flashmotion {

/// Gives an objective of any type the virtual interface.
template <Objective M>
class ObjectiveModel final : public IObjective {
 public:
  explicit ObjectiveModel(M model) : model_(std::move(model)) {}
  [[nodiscard]] std::string name() const override { return std::string(model_.name()); }
  [[nodiscard]] Quantities needs() const override { return model_.needs(); }
  [[nodiscard]] LossTerm operator()(const StepView& view) const override { return model_(view); }

 private:
  M model_;
};

/// An objective of any type; copies share it.
class AnyObjective {
 public:
  AnyObjective() = default;
  explicit AnyObjective(std::shared_ptr<IObjective> model) : model_(std::move(model)) {}
  template <Objective M>
  requires(!std::same_as<M, AnyObjective>) explicit AnyObjective(M model)
      : model_(std::make_shared<ObjectiveModel<M>>(std::move(model))) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] std::string name() const { return model_->name(); }
  [[nodiscard]] Quantities needs() const { return model_->needs(); }
  [[nodiscard]] LossTerm operator()(const StepView& view) const { return (*model_)(view); }

 private:
  std::shared_ptr<IObjective> model_;
};

static_assert(Objective<AnyObjective>);

}  // namespace flashmotion
