#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/processes/processes.hpp"

#include <cstdint>

namespace flashmotion {

/// Who works on which samples of a step. A step has `accumulate` micro-batches one after the other, each of the
/// recipe's batch, which the processes share evenly. Random numbers go by a sample's place in the step, so that the
/// shares change the rounding of sums and nothing else.
struct SampleShares {
  std::int64_t accumulate = 1;
  Processes* processes = nullptr;  // null: one

  [[nodiscard]] std::int64_t size() const { return processes == nullptr ? 1 : processes->size(); }
  /// Whether this process makes the whole step at once.
  [[nodiscard]] bool whole() const { return accumulate == 1 && size() == 1; }
  /// This process's samples of a micro-batch, among all of the step. `batch` must be divisible by the processes.
  [[nodiscard]] RowShare rows(std::int64_t batch, std::int64_t micro_batch) const {
    const std::int64_t own = batch / size();
    const std::int64_t rank = processes == nullptr ? 0 : processes->rank();
    return {micro_batch * batch + rank * own, own, batch * accumulate};
  }
};

}  // namespace flashmotion
