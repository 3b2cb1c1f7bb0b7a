#pragma once

#include "flashmotion/core/any/any_objective.hpp"
#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "flashmotion/objectives/weight_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// One term of a recipe's loss.
struct WeightedObjective {
  std::string name;  // key in logs
  AnyObjective objective;
  AnyWeightSchedule weight{ConstantWeight{}};
  std::int64_t every = 1;                                         // active at steps divisible by this
  std::int64_t from = 0;                                          // the first step at which it can be active
  std::int64_t until = std::numeric_limits<std::int64_t>::max();  // the first at which it cannot any more

  [[nodiscard]] bool active(std::int64_t step) const { return step >= from && step < until && step % every == 0; }
};

/// A term as it was at one step.
struct TermValue {
  std::string name;
  Tensor value;  // scalar, detached, before the weight
  double weight = 0.0;
  Tensor gradient_norm{};    // of the weighted term on the role's parameters, scalar; undefined: not measured
  Tensor gradient_cosine{};  // between that gradient and the whole one, -1 to 1
};

/// Result of a stack: the weighted sum, undefined when no term was active.
struct StackValue {
  Tensor total;
  std::vector<TermValue> terms;
  std::vector<Tensor> weighted;  // the summands of `total`, one a term
};

/// The loss that a recipe describes: any objectives, each with its schedule.
class ObjectiveStack {
 public:
  ObjectiveStack() = default;
  explicit ObjectiveStack(std::vector<WeightedObjective> terms) : terms_(std::move(terms)) {}

  [[nodiscard]] bool empty() const { return terms_.empty(); }
  [[nodiscard]] bool active(std::int64_t step) const {
    for (const WeightedObjective& term : terms_) {
      if (term.active(step)) return true;
    }
    return false;
  }
  /// What the terms need, over all steps.
  [[nodiscard]] Quantities needs() const {
    Quantities all;
    for (const WeightedObjective& term : terms_) all = all | term.objective.needs();
    return all;
  }
  /// What the active terms of a step need.
  [[nodiscard]] Quantities needs(std::int64_t step) const {
    Quantities all;
    for (const WeightedObjective& term : terms_) {
      if (term.active(step)) all = all | term.objective.needs();
    }
    return all;
  }
  [[nodiscard]] StackValue operator()(QuantitySource& source, std::int64_t step) const {
    StackValue result;
    for (const WeightedObjective& term : terms_) {
      if (!term.active(step)) continue;
      const double weight = term.weight.at(step);
      const Tensor value = term.objective(StepView(source, term.objective.needs(), step)).value;
      result.weighted.push_back(value * weight);
      result.total = result.total.defined() ? result.total + result.weighted.back() : result.weighted.back();
      result.terms.push_back({term.name, value.detach(), weight});
    }
    return result;
  }

 private:
  std::vector<WeightedObjective> terms_;
};

}  // namespace flashmotion
