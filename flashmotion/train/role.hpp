#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/train/optimiser.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// Values of `from` into `to`; names, order and shapes must agree. Throws Error otherwise.
FLASHMOTION_EXPORT void copy_values(const NamedTensors& from, const NamedTensors& to);
/// Detached copies under the same names.
[[nodiscard]] FLASHMOTION_EXPORT NamedTensors clone_values(const NamedTensors& tensors);
/// The same in float32.
[[nodiscard]] FLASHMOTION_EXPORT NamedTensors wide_values(const NamedTensors& tensors);
/// Switches gradients of parameters on or off.
FLASHMOTION_EXPORT void require_gradients(const NamedTensors& parameters, bool on);

/// A network that a stage trains: its parameters, optimiser and running average.
class FLASHMOTION_EXPORT Role {
 public:
  /// `ema` is the decay of the running average of the weights; 0 keeps none.
  Role(std::string name, NamedTensors parameters, const OptimiserConfig& optimiser, double ema);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const NamedTensors& parameters() const { return parameters_; }
  /// What the stage hands on: the running average, or the parameters when there is none.
  [[nodiscard]] const NamedTensors& result() const { return average_.empty() ? parameters_ : average_; }

  /// Goes down the gradient of `loss` (a scalar): only this role's parameters change. Returns the gradient norm.
  Tensor descend(const Tensor& loss, std::int64_t step, std::int64_t steps);
  /// The two halves of `descend`, for a loss that several roles share: forget gradients, then, when the loss went
  /// back, follow them. Returns the gradient norm.
  void clear_gradients() { optimiser_.clear_gradients(); }
  Tensor follow_gradients(std::int64_t step, std::int64_t steps);

  /// Multiplies the learning rates of all later steps, also of those after a resume.
  void lower_learning_rate(double factor);

  /// Has the terms of the loss measured at steps divisible by this; 0: at none.
  void measure_terms_every(std::int64_t steps) { measure_every_ = steps; }
  [[nodiscard]] bool measures_terms(std::int64_t step) const {
    return measure_every_ > 0 && step % measure_every_ == 0;
  }

  /// Everything that a resumed run needs: parameters, optimiser, average, number of updates. Handles.
  [[nodiscard]] NamedTensors state() const;

 private:
  std::string name_;
  NamedTensors parameters_;
  OptimiserConfig config_;
  Optimiser optimiser_;
  double ema_;
  NamedTensors average_;
  Tensor updates_;  // int64 scalar
  Tensor rate_;     // float64 scalar, 1 unless the rate was lowered
  std::int64_t measure_every_ = 0;
};

/// Switches the gradients of some parameters on for a scope, and off at its end.
class FLASHMOTION_EXPORT TrainingScope {
 public:
  explicit TrainingScope(const Role& role);
  ~TrainingScope();
  TrainingScope(const TrainingScope&) = delete;
  TrainingScope& operator=(const TrainingScope&) = delete;

 private:
  const Role& role_;
};

}  // namespace flashmotion
