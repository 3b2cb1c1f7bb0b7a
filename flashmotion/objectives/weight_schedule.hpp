#pragma once

#include "flashmotion/core/concepts/weight_schedule.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

// The weight schedules that are built in. Each is its own config.

namespace flashmotion {

/// The same weight at every step.
struct ConstantWeight {
  using Config = ConstantWeight;
  double value = 1.0;
  [[nodiscard]] double at(std::int64_t /*step*/) const { return value; }
  static void fields(auto& f, auto& c) { f("value", c.value, AtLeast{0.0}, "weight"); }
};
static_assert(WeightSchedule<ConstantWeight>);

/// `scale / (a step + b)`: FlashMotion's falling weight of the diffusion loss (a = 4e-3, b = 0.1).
struct InverseWeight {
  using Config = InverseWeight;
  double scale = 1.0;
  double a = 4e-3;
  double b = 0.1;
  [[nodiscard]] double at(std::int64_t step) const { return scale / (a * static_cast<double>(step) + b); }
  static void fields(auto& f, auto& c) {
    f("scale", c.scale, AtLeast{0.0}, "numerator");
    f("a", c.a, AtLeast{0.0}, "growth of the divisor a step");
    f("b", c.b, Above{0.0}, "divisor at step 0");
  }
};
static_assert(WeightSchedule<InverseWeight>);

/// From one weight to another over some steps, then constant.
struct LinearWeight {
  using Config = LinearWeight;
  double start = 0.0;
  double end = 1.0;
  std::int64_t steps = 1000;
  [[nodiscard]] double at(std::int64_t step) const {
    const double part = std::fmin(1.0, static_cast<double>(step) / static_cast<double>(steps));
    return start + (end - start) * part;
  }
  static void fields(auto& f, auto& c) {
    f("start", c.start, AtLeast{0.0}, "weight at step 0");
    f("end", c.end, AtLeast{0.0}, "weight from 'steps' on");
    f("steps", c.steps, AtLeast{1}, "length of the change");
  }
};
static_assert(WeightSchedule<LinearWeight>);

/// As linear, along half a cosine.
struct CosineWeight {
  using Config = CosineWeight;
  double start = 1.0;
  double end = 0.0;
  std::int64_t steps = 1000;
  [[nodiscard]] double at(std::int64_t step) const {
    const double part = std::fmin(1.0, static_cast<double>(step) / static_cast<double>(steps));
    return end + (start - end) * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  }
  static void fields(auto& f, auto& c) {
    f("start", c.start, AtLeast{0.0}, "weight at step 0");
    f("end", c.end, AtLeast{0.0}, "weight from 'steps' on");
    f("steps", c.steps, AtLeast{1}, "length of the change");
  }
};
static_assert(WeightSchedule<CosineWeight>);

}  // namespace flashmotion
