#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

// What the multistep solvers for flow models share. They integrate the probability flow in the variable
// `lambda = ln((1 - sigma) / sigma)`, half the logarithm of the signal-to-noise ratio, from estimates of the clean
// latent.

namespace flashmotion {

/// `ln((1 - sigma) / sigma)`; minus infinity at pure noise and infinity at the clean latent.
[[nodiscard]] inline double half_log_snr(double sigma) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (sigma >= 1.0) return -kInfinity;
  if (sigma <= 0.0) return kInfinity;
  return std::log1p(-sigma) - std::log(sigma);
}

/// `x` moved from one level to a lower one as if the clean latent were `clean` all the way:
/// `(to / from) x + gain clean`, `gain = (1 - to) - (1 - from) to / from`, which is `alpha (1 - e^-h)` with
/// `h = lambda_to - lambda_from` (DPM-Solver++, Lu et al. 2022) and finite at both ends.
[[nodiscard]] inline double clean_gain(double from, double to) { return (1.0 - to) - (1.0 - from) * (to / from); }
[[nodiscard]] inline Tensor move_towards(const Tensor& x, const Tensor& clean, double from, double to) {
  return x * (to / from) + clean * clean_gain(from, to);
}

/// Step i of DPM-Solver++(2M) with the midpoint correction, which is also the predictor of UniPC of order 2 with B(h)
/// of the second kind: the clean estimate is extrapolated from this step's and the `previous` one's. The first step,
/// which has no previous estimate, the last, which ends at 0, and the one after pure noise, where the distance of the
/// estimates is infinite, are of order 1.
[[nodiscard]] inline Tensor second_order_step(const Tensor& x, const Tensor& clean, const Tensor& previous,
                                              std::span<const double> sigmas, std::size_t i) {
  const double from = sigmas[i], to = sigmas[i + 1];
  if (!previous.defined() || to == 0.0 || sigmas[i - 1] >= 1.0) return move_towards(x, clean, from, to);
  const double here = half_log_snr(from);
  const double ratio = (here - half_log_snr(sigmas[i - 1])) / (half_log_snr(to) - here);
  return move_towards(x, clean + (clean - previous) * (0.5 / ratio), from, to);
}

}  // namespace flashmotion
