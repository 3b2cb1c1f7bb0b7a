#pragma once

#include "flashmotion/base/export.hpp"

namespace flashmotion::detail {

/// Prints the broken condition and aborts.
[[noreturn]] FLASHMOTION_EXPORT void assertion_failed(const char* condition, const char* file, int line);

}  // namespace flashmotion::detail

/// States what only a bug in this program can break. On in every build.
#define FLASHMOTION_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::flashmotion::detail::assertion_failed(#condition, __FILE__, __LINE__))
