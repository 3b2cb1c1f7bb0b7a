#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/plugin/laws/law.hpp"

namespace flashmotion {

/// Judges a sampler: `levels`, `network_levels`, `shapes`, `exact` (an exact predictor leads to the clean latent),
/// `state` (one sampler serves many clips at a time). What leans on a broken law is left out.
FLASHMOTION_EXPORT void judge_sampler(LawBook& book, const AnySampler& sampler);

}  // namespace flashmotion
