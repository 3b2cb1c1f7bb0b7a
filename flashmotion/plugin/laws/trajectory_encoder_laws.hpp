#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_trajectory_encoder.hpp"
#include "flashmotion/plugin/laws/law.hpp"

namespace flashmotion {

/// Judges a trajectory encoder, with boxes alone and with masks: `shapes`, `repeatable`, `clips` (each for
/// itself), `valid` (objects that a clip does not have leave no trace), `places` (what moves shows).
FLASHMOTION_EXPORT void judge_trajectory_encoder(LawBook& book, const AnyTrajectoryEncoder& encoder);

}  // namespace flashmotion
