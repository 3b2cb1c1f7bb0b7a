#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/concepts/objective.hpp"
#include "tests/support/compare.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

// Hands out given quantities and counts how many were asked for.

namespace given_source {

using flashmotion::Quantity;
using flashmotion::Tensor;

class GivenSource final : public flashmotion::QuantitySource {
 public:
  explicit GivenSource(std::map<Quantity, Tensor> given) : given_(std::move(given)) {}
  [[nodiscard]] std::int64_t computed() const { return computed_; }

 protected:
  Tensor compute(Quantity quantity) override {
    ++computed_;
    const auto found = given_.find(quantity);
    if (found == given_.end()) {
      throw flashmotion::Error("'" + std::string(flashmotion::to_string(quantity)) + "' is not supplied");
    }
    return found->second;
  }

 private:
  std::map<Quantity, Tensor> given_;
  std::int64_t computed_ = 0;
};

/// Value of an objective at a step, seen through what it declares.
template <flashmotion::Objective L>
double value_of(const L& objective, GivenSource& source, std::int64_t step = 0) {
  return objective(flashmotion::StepView(source, objective.needs(), step)).value.template item<double>();
}

}  // namespace given_source
