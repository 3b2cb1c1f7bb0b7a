#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/nan_to_num.h>

namespace flashmotion {

/// Size of a step from the sample to the real score, one number a clip [B, 1, 1, 1, 1]: the mean of
/// `|sample - real|`, at least `floor`, without gradient. What losses on score differences are divided by
/// (DMD, Yin et al. 2024, eq. 8).
[[nodiscard]] inline Tensor score_normaliser(const Tensor& sample, const Tensor& real, double floor) {
  return (sample.detach() - real.detach()).abs().mean({1, 2, 3, 4}, true).clamp_min(floor);
}

/// Direction that distribution matching moves a sample against: `(fake - real) / normaliser`, 0 where that is 0 / 0.
/// Scores are clean estimates [B, C, T, H, W], taken without their gradients.
[[nodiscard]] inline Tensor matching_gradient(const Tensor& fake, const Tensor& real, const Tensor& normaliser) {
  return at::nan_to_num((fake.detach() - real.detach()) / normaliser);
}

/// Squares [B, C, T, H, W] whose half mean has the gradient `gradient / count`.
[[nodiscard]] inline Tensor squares_with_gradient(const Tensor& sample, const Tensor& gradient) {
  return (sample - (sample.detach() - gradient)).square();
}

}  // namespace flashmotion
