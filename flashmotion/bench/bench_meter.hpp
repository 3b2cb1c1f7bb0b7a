#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/bench/bench_result.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"
#include "flashmotion/metrics/flow_finder.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace flashmotion {

/// What clips are measured with.
struct BenchTools {
  ObjectSearch finder;                         // its `find` may be empty when masks are given with each clip
  std::vector<FeatureExtractor> extractors{};  // each metric once
  std::filesystem::path previews{};            // folder for `ID.mp4` of each case; empty: none
};

/// A clip to be measured.
struct GeneratedClip {
  Tensor video;    // [3, F, H, W] in [-1, 1], F from 3; of any size
  Tensor masks{};  // [1, K, F, H', W'] bool of the benchmark's size, or undefined: the finder looks for objects
  double seconds = std::numeric_limits<double>::quiet_NaN();  // that it took
  double peak_memory_gib = std::numeric_limits<double>::quiet_NaN();
};

/// The reference at the times of a clip of `frames` frames: first and last frame are the same moments, and of those
/// between the nearest is taken.
[[nodiscard]] FLASHMOTION_EXPORT ClipBatch reference_at(const ClipBatch& reference, std::int64_t frames);

/// All that was measured of a case.
struct MeasuredCase {
  std::int64_t frames = 0, width = 0, height = 0;  // of the generated clips
  std::vector<BenchClip> clips{};                  // by seed
  std::vector<CeilingAtLength> ceilings{};         // of the real clip
  std::map<std::string, CaseFeatures> features{};  // by metric
};

/// Measures clips against a benchmark, one after the other; holds one clip and the features of all. Features of a clip
/// are made while its objects are looked for.
class FLASHMOTION_EXPORT BenchMeter {
 public:
  BenchMeter(const Bench& bench, BenchTools tools);

  /// Measures a clip. Clips of one case come one after the other, seed by seed. A clip of another size is resized to
  /// the benchmark's; all have one number of frames. `reference` is what `read_case` gives, read here when it is null.
  /// Throws InputError.
  void add(const BenchCase& one, std::int64_t seed, const GeneratedClip& clip, const ClipBatch* reference = nullptr);
  /// Takes a case over that was measured before, by `last_case`.
  void take(MeasuredCase measured);
  /// The case that clips were added to last.
  [[nodiscard]] const MeasuredCase& last_case() const { return cases_.back(); }
  /// The result so far, summarised, without label and source.
  [[nodiscard]] BenchResult result() const;

 private:
  void expect_frames(const std::string& id, std::int64_t frames);
  void begin_case(const BenchCase& one, std::int64_t frames, const ClipBatch* reference);
  void measure_ceiling();
  [[nodiscard]] std::map<std::string, CaseFeatures> features_of(const Tensor& video, bool new_case) const;

  const Bench& bench_;
  BenchTools tools_;
  BenchResult result_;
  std::string case_;  // whose reference is at hand
  ClipBatch real_;    // at the clips' times
  FigureValues ceiling_ = no_figures();
  std::vector<MeasuredCase> cases_;
};

}  // namespace flashmotion
