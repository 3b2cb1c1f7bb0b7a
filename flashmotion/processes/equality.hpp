#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/processes/processes.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// 64 bits that tell the bytes of tensors apart: no guard against intent, and as quick as memory.
[[nodiscard]] FLASHMOTION_EXPORT std::uint64_t quick_digest(const Tensor& tensor);

/// The first tensor whose bytes are not the same in all processes; empty when there is none. Each has the same list.
[[nodiscard]] FLASHMOTION_EXPORT std::string first_difference(Processes& processes, const NamedTensors& tensors);

/// Gives the first process's values to all.
FLASHMOTION_EXPORT void broadcast_values(Processes& processes, const NamedTensors& tensors);

}  // namespace flashmotion
