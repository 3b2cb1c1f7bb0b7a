#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// `S s / (1 + (S - 1) s)`: moves noise levels towards 1 for S > 1 (the flow shift of the Wan models). The second
/// form works on tensors.
[[nodiscard]] constexpr double shift_sigma(double sigma, double shift) {
  return shift * sigma / (1.0 + (shift - 1.0) * sigma);
}
[[nodiscard]] inline Tensor shift_sigma(const Tensor& sigma, double shift) {
  return sigma * shift / (1.0 + (shift - 1.0) * sigma);
}

/// `steps + 1` shifted levels, evenly spaced before the shift, from 1 to 0.
[[nodiscard]] inline std::vector<double> shifted_sigmas(std::int64_t steps, double shift) {
  std::vector<double> sigmas;
  for (std::int64_t i = 0; i <= steps; ++i) {
    sigmas.push_back(shift_sigma(1.0 - static_cast<double>(i) / static_cast<double>(steps), shift));
  }
  return sigmas;
}

/// Whose noise levels a solver of many steps uses. The two differ in where they begin and how they reach 0.
enum class SigmaGrid {
  wan,        // the code released with the Wan models
  diffusers,  // the schedulers of Diffusers, as the models in its layout name them
};

template <>
struct EnumNames<SigmaGrid> {
  static constexpr std::array values{std::pair{SigmaGrid::wan, std::string_view("wan")},
                                     std::pair{SigmaGrid::diffusers, std::string_view("diffusers")}};
};

/// `count` numbers from `first` to `last`, both included, evenly spaced; `first` alone when there is one. Rounded as
/// numpy's `linspace` rounds them, as timesteps are cut to whole numbers behind it.
[[nodiscard]] inline std::vector<double> evenly_spaced(double first, double last, std::int64_t count) {
  std::vector<double> numbers{first};
  const double step = count > 1 ? (last - first) / static_cast<double>(count - 1) : 0.0;
  for (std::int64_t i = 1; i < count; ++i) {
    numbers.push_back(i + 1 == count ? last : static_cast<double>(i) * step + first);
  }
  return numbers;
}

/// `steps + 1` levels: those of a line from `first` to `last` without its end, shifted, and then 0. Most solvers take
/// their levels so; `last` says how near to 0 the level before the end comes.
[[nodiscard]] inline std::vector<double> open_ended_sigmas(double first, double last, std::int64_t steps,
                                                           double shift) {
  std::vector<double> sigmas = evenly_spaced(first, last, steps + 1);
  for (double& sigma : sigmas) sigma = shift_sigma(sigma, shift);
  sigmas.back() = 0.0;
  return sigmas;
}

}  // namespace flashmotion
