#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Whether a tensor of any shape holds neither infinities nor NaNs; an undefined one holds none. Waits for the device.
[[nodiscard]] FLASHMOTION_EXPORT bool all_finite(const Tensor& tensor);

}  // namespace flashmotion
