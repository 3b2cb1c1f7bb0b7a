#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/kernels/kernel_table.hpp"

namespace flashmotion::cuda {

/// The kernels of the library beside this one, which is loaded when it is first asked for; null where there is none, or
/// one of another version.
[[nodiscard]] FLASHMOTION_EXPORT const KernelTable* loaded_kernels();

}  // namespace flashmotion::cuda
