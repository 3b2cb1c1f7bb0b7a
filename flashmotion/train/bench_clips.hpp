#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/bench/bench_meter.hpp"
#include "flashmotion/train/run_clip_maker.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace flashmotion {

/// Clips of a benchmark to be made by a model.
struct BenchClipsOrder {
  std::filesystem::path out;  // folder of the clips: `seed-S/ID/00000.png`, and beside it `seed-S/ID.json`
  std::int64_t seeds = 1;     // clips of each case, from noise of seed 0, 1, …
  std::string model;          // what makes them: other clips in `out` are refused unless it is the same text
};

/// Marks the folder of an order's clips as those of its model and this benchmark. Throws InputError when it holds
/// those of another.
FLASHMOTION_EXPORT void claim_bench_clips(const Bench& bench, const BenchClipsOrder& order);

/// Makes the clips of all cases that are not there yet; each appears whole or not at all. Throws InputError when `out`
/// holds those of another model or benchmark, Interrupted when a stop is asked for.
FLASHMOTION_EXPORT void make_bench_clips(const RunClipMaker& maker, const Bench& bench,
                                         std::span<const BenchCase> cases, const BenchClipsOrder& order,
                                         const StopFlag& stop, const ProgressOptions& progress);

}  // namespace flashmotion
