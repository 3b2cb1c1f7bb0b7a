#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/data/clip_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

/// What benchmark is to be made. Zeros and empty texts choose by the kind and by what the clips allow.
struct MakeBenchOptions {
  BenchKind kind = BenchKind::clips;
  std::filesystem::path out{};
  std::filesystem::path clips{};  // folder in the layouts of `ClipFolder`; not for the toy world
  std::int64_t per_group = 4;     // cases; clips: at most
  std::int64_t seed = 0;
  std::int64_t frames = 0;            // 1 + 4k
  std::int64_t width = 0;             // pixels
  std::int64_t height = 0;            //
  double fps = 0;                     // a second; 8 for the toy world, 24 for clips
  std::vector<std::string> groups{};  // of `kBenchGroups`
};

/// What was made of it.
struct MadeBench {
  Bench bench;
  std::vector<SkippedClip> skipped;  // clips that were left out
  bool unchanged = false;            // the folder held the same before
};

/// Makes a benchmark folder, whole or not at all; equal options and clips give equal bytes.
///
/// `clips`: each case is a clip from the first frame in which all its labels are seen, at most `per_group` of each
/// group, drawn by the seed. `toy`: clips of `ToyMotion` with its presets. `composite`: objects that were cut out of
/// clips, with their own motion and one more that is drawn, pasted over another clip; that clip's own object is
/// scenery. The frames are 121, or else the most that all clips allow which have at least half of the longest one's.
/// Throws InputError, which says what is missing, when a group that was asked for gets no case, and Interrupted on a
/// stop; either leaves nothing behind.
[[nodiscard]] FLASHMOTION_EXPORT MadeBench make_bench(const MakeBenchOptions& options, const StopFlag& stop,
                                                      const ProgressOptions& progress = {});

/// An object's share of the first frame from which it can be told apart.
inline constexpr double kLeastFirstShare = 0.002;

}  // namespace flashmotion
