#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "flashmotion/plugin/laws/law.hpp"

namespace flashmotion {

/// Judges a weight schedule: `weights` (finite and at least 0), `repeatable` (the same in any order of questions).
FLASHMOTION_EXPORT void judge_schedule(LawBook& book, const AnyWeightSchedule& schedule);

}  // namespace flashmotion
