#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/bench/bench_meter.hpp"

#include <cstdint>
#include <filesystem>
#include <span>

namespace flashmotion {

/// Clips to be measured, and where what was measured is kept.
struct MeasureOrder {
  std::filesystem::path clips;    // as `GeneratedClips` takes them; beside them perhaps `ID.json` with their cost
  std::filesystem::path masks{};  // of the clips, as `open_given_masks` takes them; empty: the finder looks for objects
  std::filesystem::path kept{};   // folder for what was measured of each case; empty: nothing is kept
  std::int64_t seeds = 0;         // the first so many clips of each case; 0: all that are there
};

/// Throws InputError for a benchmark whose clips are too short to be measured, those of one frame.
FLASHMOTION_EXPORT void check_measurable(const Bench& bench);

/// Measures the clips of these cases. Files are read a few frames at a time, so that memory grows neither with the
/// number of clips nor with their length; those of the next clip are looked through while one is measured. Cases that
/// an earlier call kept are not measured again, and the result is the same. Throws InputError for missing and damaged
/// clips, Interrupted when a stop is asked for: finished cases are kept then.
[[nodiscard]] FLASHMOTION_EXPORT BenchResult measure_clips(const Bench& bench, std::span<const BenchCase> cases,
                                                           const MeasureOrder& order, BenchTools tools,
                                                           const StopFlag& stop, const ProgressOptions& progress);

/// What `ID.json` says of a clip: fills its seconds and memory; leaves them alone where there is no such file.
FLASHMOTION_EXPORT void read_clip_cost(const std::filesystem::path& clips, const BenchCase& one, std::int64_t seed,
                                       GeneratedClip& clip);

}  // namespace flashmotion
