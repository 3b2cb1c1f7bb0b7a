#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_objective.hpp"
#include "flashmotion/plugin/laws/law.hpp"

namespace flashmotion {

/// Judges an objective on drawn quantities of two clips: `name`, `declared` (reads what it declares, nothing else),
/// `value`, `gradient`, `repeatable`. What leans on a broken law is left out.
FLASHMOTION_EXPORT void judge_objective(LawBook& book, const AnyObjective& objective);

}  // namespace flashmotion
