#include "plugins/piecewise_schedule/piecewise_schedule.hpp"

#include "flashmotion/base/error.hpp"

#include <algorithm>
#include <functional>

namespace piecewise_schedule {

const char* PiecewiseConfig::mistake() const {
  if (steps.empty() || steps.size() != values.size()) return "'steps' and 'values' must be equally long, and not empty";
  if (std::adjacent_find(steps.begin(), steps.end(), std::greater_equal<>()) != steps.end())
    return "'steps' must rise from one to the next";
  return nullptr;
}

void PiecewiseConfig::validate(flashmotion::Check& check) const {
  if (const char* wrong = mistake()) check.error("steps", wrong);
}

Piecewise::Piecewise(const PiecewiseConfig& config) : config_(config) {
  if (const char* wrong = config.mistake()) throw flashmotion::InputError(wrong);
}

double Piecewise::at(std::int64_t step) const {
  const auto& [steps, values, hold] = config_;
  const auto next = std::upper_bound(steps.begin(), steps.end(), step);
  const auto i = static_cast<std::size_t>(next - steps.begin());
  if (i == 0) return values.front();
  if (hold || next == steps.end()) return values[i - 1];
  const double part = static_cast<double>(step - steps[i - 1]) / static_cast<double>(steps[i] - steps[i - 1]);
  return values[i - 1] + (values[i] - values[i - 1]) * part;
}

}  // namespace piecewise_schedule
