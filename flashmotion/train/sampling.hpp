#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/train/experiment.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>

namespace flashmotion {

/// Clips that were sampled for given conditions.
struct SampledClips {
  Tensor latents;                    // [N, C, T, H, W]
  std::int64_t passes_per_clip = 0;  // passes of the generator
  double seconds = 0;                // for all of them
};

/// Samples all clips of a batch on the device of the networks, `at_once` at a time, to latents on the CPU. The first
/// noise depends on `seed` and on a clip's place only, that of samplers which noise afresh on `at_once` too; neither on
/// the networks: variants are paired. Throws Interrupted when a stop is asked for.
[[nodiscard]] FLASHMOTION_EXPORT SampledClips sample_clips(AnyGenerator generator, std::optional<AnyAdapter> adapter,
                                                           const GuidedSampler& sampler, const LatentBatch& batch,
                                                           std::uint64_t seed, std::int64_t at_once,
                                                           const StopFlag& stop, ProgressBar& progress,
                                                           const c10::Device& device = c10::kCPU);

}  // namespace flashmotion
