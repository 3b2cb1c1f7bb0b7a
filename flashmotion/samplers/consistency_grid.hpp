#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace flashmotion {

/// Who gives the target of consistency distillation. Neither carries a gradient.
enum class ConsistencyTarget {
  average,  // the student's running average, the stage's `ema`
  student,  // the student as it is
};

template <>
struct EnumNames<ConsistencyTarget> {
  static constexpr std::array values{std::pair{ConsistencyTarget::average, std::string_view("average")},
                                     std::pair{ConsistencyTarget::student, std::string_view("student")}};
};

struct ConsistencyConfig {
  std::int64_t levels = 1000;
  std::int64_t skip = 20;
  ConsistencyTarget target = ConsistencyTarget::average;

  static void fields(auto& f, auto& c) {
    f("levels", c.levels, Range{1, 1000000}, "steps of the grid between clean and noise, even before the shift");
    f("skip", c.skip, Range{1, 1000000}, "grid steps that the teacher takes at once");
    f("target", c.target, Choices<ConsistencyTarget>{},
      "who gives the target: the student's running average ('ema'), or the student as it is");
  }
  void validate(auto& check) const {
    if (skip > levels) check.error("skip", "'skip' must not be above 'levels'");
  }
};

/// The two noise levels [B] of a consistency pair, `from` above `to`.
struct ConsistencyLevels {
  Tensor from;
  Tensor to;
};

/// Puts drawn noise levels [B] onto the grid `shift(n / levels)`, n whole: `from` is the grid level that is nearest
/// before the shift, at least the `skip`-th, and `to` lies `skip` grid steps below (t_{n+k} and t_n of latent
/// consistency models, Luo et al. 2023, section 4.3).
[[nodiscard]] inline ConsistencyLevels consistency_levels(const Tensor& drawn, const ConsistencyConfig& config,
                                                          double shift) {
  const auto count = static_cast<double>(config.levels);
  const auto skip = static_cast<double>(config.skip);
  const Tensor even = shift_sigma(drawn.to(at::kDouble), 1.0 / shift);  // the shift undone
  const Tensor place = (even * count).round().clamp(skip, count);
  const auto level = [&](const Tensor& n) { return shift_sigma(n / count, shift).to(drawn.scalar_type()); };
  return {level(place), level(place - skip)};
}

}  // namespace flashmotion
