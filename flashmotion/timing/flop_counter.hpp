#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>

namespace flashmotion::timing {

/// Counts the multiplications and additions of the matrix products, convolutions and attentions that LibTorch is asked
/// for while it lives, on all threads: what the arithmetic of a network amounts to, whoever computes it. One at a time.
class FLASHMOTION_EXPORT FlopCounter {
 public:
  FlopCounter();
  FlopCounter(const FlopCounter&) = delete;
  FlopCounter& operator=(const FlopCounter&) = delete;
  ~FlopCounter();
  [[nodiscard]] static std::int64_t count();

 private:
  std::uint64_t handle_;
};

}  // namespace flashmotion::timing
