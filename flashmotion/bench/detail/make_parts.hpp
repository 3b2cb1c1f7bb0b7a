#pragma once

#include "flashmotion/bench/bench_writer.hpp"
#include "flashmotion/bench/clip_reader.hpp"
#include "flashmotion/bench/make_bench.hpp"

#include <optional>
#include <string>
#include <vector>

namespace flashmotion::make_bench_detail {

/// Clips that can be used, with the size and the frames that they are used at.
struct ClipStock {
  ClipExtent extent{};
  std::int64_t frames = 0;
  std::vector<ClipSurvey> clips{};
  std::vector<SkippedClip> skipped{};
};

/// Surveys a clip folder. Throws InputError when the options have no folder or no clip is left.
[[nodiscard]] ClipStock survey_clips(const MakeBenchOptions& options, const StopFlag& stop,
                                     const ProgressOptions& progress);

/// The header of a benchmark of such an extent.
[[nodiscard]] Bench bench_of(const MakeBenchOptions& options, ClipExtent extent, std::int64_t frames, double fps);

/// Whether a group is asked for; all are when none is named.
[[nodiscard]] bool wants(const MakeBenchOptions& options, std::string_view group);

/// `1-02`, `6plus-01`: of the case `index`, from 0.
[[nodiscard]] std::string case_id(std::string_view group, std::int64_t index);

/// The clip's name in words.
[[nodiscard]] std::string words_of(const std::string& name);

[[nodiscard]] MadeBench make_of_clips(const MakeBenchOptions& options, const StopFlag& stop,
                                      const ProgressOptions& progress);
[[nodiscard]] MadeBench make_of_toy(const MakeBenchOptions& options, const StopFlag& stop,
                                    const ProgressOptions& progress);
[[nodiscard]] MadeBench make_composite(const MakeBenchOptions& options, const StopFlag& stop,
                                       const ProgressOptions& progress);

}  // namespace flashmotion::make_bench_detail
