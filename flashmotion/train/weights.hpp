#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/objectives/weight_schedule.hpp"
#include "flashmotion/recipe/component.hpp"

namespace flashmotion {

/// The schedule that a recipe's `weight` describes: a number, or a table with `use`. Mistakes are reported, and the
/// component's `resolved` table is filled in.
[[nodiscard]] FLASHMOTION_EXPORT WeightSchedule read_weight(ComponentOrNumber& weight, Reporter& reporter);

}  // namespace flashmotion
