#pragma once

#include "flashmotion/base/export.hpp"

#include <atomic>

namespace flashmotion {

/// Says that the user asked to stop. Passed by reference to whatever takes long, which asks between two steps.
class FLASHMOTION_EXPORT StopFlag {
 public:
  StopFlag() = default;
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;

  /// Asks to stop, as the signal of that number does. Safe in a signal handler.
  void request(int signal) noexcept { signal_.store(signal); }
  [[nodiscard]] bool requested() const noexcept { return signal_.load() != 0; }
  /// Number of the signal, 0 when none came.
  [[nodiscard]] int signal() const noexcept { return signal_.load(); }
  /// Throws `Interrupted` when a stop was asked for.
  void throw_if_stopped() const;

 private:
  std::atomic<int> signal_{0};
};

/// While it lives, the first SIGINT or SIGTERM sets the flag, and the second ends the process at once with exit code
/// 128 + signal. One at a time; the earlier handlers come back at its end.
class FLASHMOTION_EXPORT StopOnSignals {
 public:
  explicit StopOnSignals(StopFlag& flag);
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
  ~StopOnSignals();
};

}  // namespace flashmotion
