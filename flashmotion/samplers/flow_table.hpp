#pragma once

#include "flashmotion/core/tensor.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/exp.h>

#include <cstdint>

namespace flashmotion {

/// The thousand noise levels that few-step Wan models were trained on: `shift(1 - i / 1000)` for i from 0, in float32
/// (Self-Forcing, FlowMatchScheduler). A network's own table quantises what it is told.
class FlowTable {
 public:
  static constexpr std::int64_t kSize = 1000;

  explicit FlowTable(double shift)
      : sigmas_(shift_sigma(1.0 - at::arange(kSize, at::kDouble) / static_cast<double>(kSize), shift).to(at::kFloat)) {}

  /// [1000], falling from 1.
  [[nodiscard]] const Tensor& sigmas() const { return sigmas_; }
  /// Index [N] of the entry whose `1000 sigma` is nearest to each timestep [N].
  [[nodiscard]] Tensor nearest(const Tensor& timesteps) const {
    const Tensor entries = (sigmas_ * 1000).to(at::kDouble).to(timesteps.device());
    return (entries.unsqueeze(0) - timesteps.to(at::kDouble).unsqueeze(1)).abs().argmin(1);
  }
  /// Weight [1000] of the velocity's error at each entry in flow-matching training: `exp(-2 ((t - 500) / 1000)^2)` less
  /// its minimum, scaled to sum to 1000.
  [[nodiscard]] Tensor training_weights() const {
    const Tensor bell = at::exp(((sigmas_ * 1000 - 500) / 1000).square() * -2);
    const Tensor above = bell - bell.min();
    return above * (static_cast<double>(kSize) / above.sum());
  }

 private:
  Tensor sigmas_;
};

}  // namespace flashmotion
