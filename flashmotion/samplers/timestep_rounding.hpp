#pragma once

#include "flashmotion/base/enum_names.hpp"

#include <c10/util/BFloat16.h>

#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// What a reference does to the timestep, `1000 sigma`, before its network sees it. Steps themselves use sigma.
enum class TimestepRounding {
  exact,     // nothing
  truncate,  // whole numbers, cut: the multistep solvers of Wan and Diffusers
  bfloat16,  // to the nearest bfloat16, then cut: the few-step models released as "Turbo"
};

template <>
struct EnumNames<TimestepRounding> {
  static constexpr std::array values{std::pair{TimestepRounding::exact, std::string_view("exact")},
                                     std::pair{TimestepRounding::truncate, std::string_view("truncate")},
                                     std::pair{TimestepRounding::bfloat16, std::string_view("bfloat16")}};
};

/// A timestep in [0, 1000] as a network of that reference sees it.
[[nodiscard]] inline double round_timestep(double timestep, TimestepRounding rounding) {
  switch (rounding) {
    case TimestepRounding::exact:
      return timestep;
    case TimestepRounding::truncate:
      return std::trunc(timestep);
    case TimestepRounding::bfloat16:
      break;
  }
  return std::trunc(static_cast<double>(static_cast<float>(c10::BFloat16(static_cast<float>(timestep)))));
}

/// Noise levels whose timesteps are rounded.
[[nodiscard]] inline std::vector<double> round_sigmas(std::span<const double> sigmas, TimestepRounding rounding) {
  std::vector<double> rounded(sigmas.begin(), sigmas.end());
  if (rounding == TimestepRounding::exact) return rounded;
  for (double& sigma : rounded) sigma = round_timestep(sigma * 1000.0, rounding) / 1000.0;
  return rounded;
}

}  // namespace flashmotion
