#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"

#include <span>

namespace flashmotion {

/// Several batches as one, in their order. They have the same extent and the same parts.
[[nodiscard]] FLASHMOTION_EXPORT ClipBatch joined_clips(std::span<const ClipBatch> batches);

}  // namespace flashmotion
