#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/bench/bench_result.hpp"
#include "flashmotion/bench/case_clip.hpp"
#include "flashmotion/bench/clip_sums.hpp"
#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"
#include "flashmotion/metrics/flow_finder.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// What clips are measured with.
struct BenchTools {
  ObjectSearch finder;                         // its `find` may be empty when masks are given with each clip
  std::vector<FeatureExtractor> extractors{};  // each metric once
  std::filesystem::path previews{};            // folder for `ID.mp4` of each case; empty: none
};

/// A clip to be measured, in memory or in files.
struct GeneratedClip {
  ClipFrames video;                   // [1, 3, F, H, W] in [-1, 1], F from 3; of any size
  std::optional<ClipFrames> masks{};  // [1, K, F, H', W'] bool of the benchmark's size; none: the finder looks for them
  double seconds = std::numeric_limits<double>::quiet_NaN();  // that it took
  double peak_memory_gib = std::numeric_limits<double>::quiet_NaN();
};

/// All that was measured of a case.
struct MeasuredCase {
  std::int64_t frames = 0, width = 0, height = 0;  // of the generated clips
  std::vector<BenchClip> clips{};                  // by seed
  std::vector<CeilingAtLength> ceilings{};         // of the real clip
  std::map<std::string, CaseFeatures> features{};  // by metric
};

/// Measures clips against a benchmark, one after the other, a few frames at a time; holds the features of all. Features
/// of a clip are made while its objects are looked for.
class FLASHMOTION_EXPORT BenchMeter {
 public:
  BenchMeter(const Bench& bench, BenchTools tools);

  /// Measures a clip. Clips of one case come one after the other, seed by seed. A clip of another size is resized to
  /// the benchmark's; all have one number of frames. `reference` is what `open_case` gives for so many frames, opened
  /// here when it is null. Throws InputError.
  void add(const BenchCase& one, std::int64_t seed, const GeneratedClip& clip, const CaseClip* reference = nullptr);
  /// Takes a case over that was measured before, by `last_case`.
  void take(MeasuredCase measured);
  /// The case that clips were added to last.
  [[nodiscard]] const MeasuredCase& last_case() const { return cases_.back(); }
  /// The result so far, summarised, without label and source.
  [[nodiscard]] BenchResult result() const;

 private:
  void expect_frames(const std::string& id, std::int64_t frames);
  void begin_case(const BenchCase& one, std::int64_t frames, const CaseClip* reference);
  void measure_ceiling();
  void measure_clip(const ClipFrames& video, const GeneratedClip& clip, const std::filesystem::path& preview,
                    FigureValues& figures) const;
  [[nodiscard]] std::map<std::string, CaseFeatures> features_of(const ClipFrames& video, bool new_case) const;

  const Bench& bench_;
  BenchTools tools_;
  BenchResult result_;
  std::string case_;  // whose real clip is at hand
  CaseClip real_;     // at the clips' times
  ClipBatch first_;   // its first frame
  PixelSums pixels_;  // of all of it
  FigureValues ceiling_ = no_figures();
  std::vector<MeasuredCase> cases_;
};

}  // namespace flashmotion
