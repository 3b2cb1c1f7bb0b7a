#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/flow_table.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>

#include <array>
#include <cstdint>
#include <span>

namespace flashmotion {

/// Where the noise levels of a training step come from.
enum class Density {
  uniform,        // between low and high
  logit_normal,   // sigmoid of a standard normal (Esser et al. 2024, section 3.1)
  student_steps,  // the levels of the few-step sampler
  full_range,     // the thousand levels of the shifted training table, each as likely
};

template <>
struct EnumNames<Density> {
  static constexpr std::array values{std::pair{Density::uniform, std::string_view("uniform")},
                                     std::pair{Density::logit_normal, std::string_view("logit_normal")},
                                     std::pair{Density::student_steps, std::string_view("student_steps")},
                                     std::pair{Density::full_range, std::string_view("full_range")}};
};

struct TimestepConfig {
  Density density = Density::logit_normal;
  double shift = 3.0;
  double low = 0.0;
  double high = 1.0;
  double floor = 0.0;
  double ceiling = 1.0;

  static void fields(auto& f, auto& c) {
    f("density", c.density, Choices<Density>{}, "distribution of the noise level before the shift");
    f("shift", c.shift, Above{0.0}, "flow shift; student_steps take the sampler's own");
    f("low", c.low, Range{0.0, 1.0}, "lowest level of the uniform density");
    f("high", c.high, Range{0.0, 1.0}, "highest level of the uniform density");
    f("floor", c.floor, Range{0.0, 1.0}, "lower levels are raised to this after the shift; not of student_steps");
    f("ceiling", c.ceiling, Range{0.0, 1.0}, "higher levels are lowered to this after the shift; not of student_steps");
  }
};

/// Noise levels [count] float32. `student` are the few-step sampler's sigmas; its last, 0, is never drawn. Throws
/// InputError when they are wanted and there are none.
[[nodiscard]] inline Tensor draw_sigma(const TimestepConfig& config, std::int64_t count,
                                       std::span<const double> student, Rng& rng) {
  const auto shifted = [&](const Tensor& sigma) {
    return shift_sigma(sigma, config.shift).clamp(config.floor, config.ceiling);
  };
  switch (config.density) {
    case Density::uniform:
      return shifted(rng.uniform({count}) * (config.high - config.low) + config.low);
    case Density::logit_normal:
      return shifted(at::sigmoid(rng.normal({count})));
    case Density::full_range: {
      const FlowTable table(config.shift);
      return table.sigmas()
          .index_select(0, rng.integers(0, FlowTable::kSize, {count}))
          .clamp(config.floor, config.ceiling);
    }
    case Density::student_steps:
      break;
  }
  if (student.size() < 2) throw InputError("the density 'student_steps' has no few-step levels here; use another");
  const auto steps = static_cast<std::int64_t>(student.size()) - 1;
  const Tensor levels = at::tensor(at::ArrayRef<double>(student.data(), student.size()), at::kFloat);
  return at::index_select(levels, 0, rng.integers(0, steps, {count}));
}

}  // namespace flashmotion
