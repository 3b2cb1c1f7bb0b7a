#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/processes/processes.hpp"

#include <cstdint>
#include <vector>

namespace flashmotion {

/// Numbers that are sent at once.
inline constexpr std::int64_t kBucketNumbers = std::int64_t{1} << 23;

/// The mean over the processes of gradients, in place, summed in float32. `like[i]` has the shape of `gradients[i]`,
/// which may be undefined: it counts as zero, and stays undefined where it is in all processes. A gradient in a
/// narrower type comes back in float32.
FLASHMOTION_EXPORT void mean_gradients(Processes& processes, const NamedTensors& like, std::vector<Tensor>& gradients,
                                       std::int64_t bucket = kBucketNumbers);

}  // namespace flashmotion
