#pragma once

#include "flashmotion/base/export.hpp"

#include <c10/core/Device.h>

#include <functional>

namespace flashmotion {

/// Calls `launch` with the stream of a GPU that LibTorch works on, that GPU being the current one. What it returns is a
/// CUDA error; throws Error when that is not 0.
FLASHMOTION_EXPORT void on_current_stream(const c10::Device& device, const std::function<int(void* stream)>& launch);

}  // namespace flashmotion
