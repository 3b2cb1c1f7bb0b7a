#pragma once

#include <ATen/ops/empty.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

/// The most bytes of tensors on the CPU held at once since it was made, as LibTorch's allocator counts them: the same
/// on every machine, which the resident memory is not. What was held before counts too.
class PeakBytes {
 public:
  [[nodiscard]] std::int64_t bytes() const { return counter_->peak; }
  /// What is held now.
  [[nodiscard]] static std::int64_t held() {
    const PeakBytes now;
    static_cast<void>(at::empty({1}));
    return now.bytes();
  }

 private:
  struct Counter final : c10::MemoryReportingInfoBase {
    void reportMemoryUsage(void*, std::int64_t, std::size_t allocated, std::size_t, c10::Device) override {
      peak = std::max(peak.load(), static_cast<std::int64_t>(allocated));
    }
    bool memoryProfilingEnabled() const override { return true; }
    std::atomic<std::int64_t> peak = 0;
  };
  std::shared_ptr<Counter> counter_ = std::make_shared<Counter>();
  c10::DebugInfoGuard guard_{c10::DebugInfoKind::PROFILER_STATE, counter_};
};
