#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/quantities.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace flashmotion {

/// Supplies the quantities of one training step, each computed at its first use and at most once.
class FLASHMOTION_EXPORT QuantitySource {
 public:
  virtual ~QuantitySource();
  /// Throws Error when this step cannot supply it.
  [[nodiscard]] const Tensor& get(Quantity quantity);
  /// Whether it was computed already, or given.
  [[nodiscard]] bool has(Quantity quantity) const { return cache_[static_cast<std::size_t>(quantity)].defined(); }
  /// Gives one that is known, so that it is not computed.
  void put(Quantity quantity, Tensor value) { cache_[static_cast<std::size_t>(quantity)] = std::move(value); }

 protected:
  [[nodiscard]] virtual Tensor compute(Quantity quantity) = 0;

 private:
  std::array<Tensor, static_cast<std::size_t>(Quantity::count_)> cache_;
};

/// What an objective sees: the quantities that it declared, and no others.
class StepView {
 public:
  StepView(QuantitySource& source, Quantities declared, std::int64_t step)
      : source_(source), declared_(declared), step_(step) {}

  /// Throws Error when the objective did not declare the quantity.
  [[nodiscard]] const Tensor& operator[](Quantity quantity) const {
    if (!declared_.contains(quantity)) {
      throw Error("the quantity '" + std::string(to_string(quantity)) +
                  "' was read but is not declared in needs(); add it there");
    }
    return source_.get(quantity);
  }
  /// Index of the training step, from 0.
  [[nodiscard]] std::int64_t step() const { return step_; }
  /// The same step seen by an objective inside this one. Throws Error when it needs more than was declared.
  [[nodiscard]] StepView restricted_to(Quantities declared) const {
    if (!declared_.contains(declared)) throw Error("an objective inside another needs more than the outer declares");
    return {source_, declared, step_};
  }

 private:
  QuantitySource& source_;
  Quantities declared_;
  std::int64_t step_;
};

/// Result of an objective.
struct LossTerm {
  Tensor value;  // scalar, with gradient
};

}  // namespace flashmotion
