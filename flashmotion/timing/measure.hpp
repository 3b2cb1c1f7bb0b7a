#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/timing/workload.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace flashmotion::timing {

struct Measurement {
  std::vector<double> seconds;  // of each run, after one that is not counted
  double enqueue = 0;      // seconds until the device had been given all of a run, a median; on a CPU the whole run
  Parts parts;             // medians
  std::int64_t flops = 0;  // of a run: products, convolutions and attention
  /// Most bytes on the device at a time, weights included: of LibTorch's allocator on a GPU, of the process on a CPU.
  std::int64_t peak_memory = 0;

  [[nodiscard]] FLASHMOTION_EXPORT double median() const;
};

/// Runs the work once to count it and once to warm up, then `runs` times. `after` is called after each of these runs.
/// Throws Interrupted between runs.
[[nodiscard]] FLASHMOTION_EXPORT Measurement measure(Workload& work, const c10::Device& device, std::int64_t runs,
                                                     const StopFlag& stop, const std::function<void()>& after);

/// What the device makes of a large product of matrices, in operations a second: the best of several, on random
/// numbers.
[[nodiscard]] FLASHMOTION_EXPORT double matrix_peak(const c10::Device& device, at::ScalarType dtype);

}  // namespace flashmotion::timing
