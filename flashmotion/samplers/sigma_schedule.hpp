#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>

#include <cstdint>
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

}  // namespace flashmotion
