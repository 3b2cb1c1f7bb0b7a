#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/objectives/stack.hpp"
#include "flashmotion/train/role.hpp"
#include "flashmotion/train/sample_shares.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// What happened in one step. Tensors are scalars.
struct StepReport {
  std::vector<TermValue> terms;
  std::vector<std::pair<std::string, Tensor>> gradient_norms;  // a role each
};

/// The share of some roles in a step: the gradient of their active objectives, gathered over micro-batches and
/// processes, and one step of each along it. What is reported is the mean over all samples.
class FLASHMOTION_EXPORT Descent {
 public:
  /// `shares.accumulate` calls of `add` belong to it. Borrows the objectives.
  Descent(std::vector<Role*> roles, const ObjectiveStack& objectives, std::int64_t step, std::int64_t steps,
          const SampleShares& shares);
  Descent(const Descent&) = delete;
  Descent& operator=(const Descent&) = delete;

  /// The loss of one micro-batch, and its gradient.
  void add(QuantitySource& source);
  /// Follows the gradient. Nothing is changed when no objective is active.
  void finish(StepReport& report);

 private:
  using Gradients = std::vector<Tensor>;  // as parameters_, undefined where nothing reaches

  void measure(const StackValue& value);
  void keep_gradients();
  void finish_terms();

  std::vector<Role*> roles_;
  const ObjectiveStack& objectives_;
  std::int64_t step_, steps_;
  SampleShares shares_;
  NamedTensors parameters_;
  std::vector<TermValue> terms_;     // sums of the micro-batches so far
  std::vector<Gradients> measured_;  // a term each, where terms are measured
  Gradients gathered_;               // float32, where there are several parts
  bool any_ = false;
};

}  // namespace flashmotion
