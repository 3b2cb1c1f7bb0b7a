#pragma once

#include "flashmotion/base/export.hpp"

#include <c10/core/Device.h>

#include <cstdint>

namespace flashmotion {

/// Begins to measure the most memory in use anew.
FLASHMOTION_EXPORT void forget_peak_memory(const c10::Device& device);

/// Most bytes in use at a time since then: of LibTorch's allocator on a GPU, of the process on a CPU.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t peak_memory(const c10::Device& device);

}  // namespace flashmotion
