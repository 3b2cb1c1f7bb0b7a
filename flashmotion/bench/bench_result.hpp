#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_figures.hpp"
#include "flashmotion/bench/bench_folder.hpp"
#include "flashmotion/bench/feature_distance.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/bootstrap.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace flashmotion {

/// What was measured of one generated clip.
struct BenchClip {
  std::string id{};     // of the case
  std::string group{};  // of the case
  std::int64_t seed = 0;
  FigureValues figures = no_figures();
  FigureValues ceiling = no_figures();  // the same figures of the real clip, where the finder makes them
};

/// Something that a measurement was made with, known again by the digest of its file.
struct MeasuredWith {
  std::string name{};
  std::string file_sha256{};  // empty when it is built in
  bool operator==(const MeasuredWith&) const = default;
};

/// Figures of all clips, or of those of a group: means over cases, seeds of a case averaged first.
struct BenchSummary {
  std::int64_t cases = 0;
  std::int64_t clips = 0;
  std::array<Interval, kBenchFigures.size()> figures{};  // NaN: not known; bounds are NaN below 2 cases
  FigureValues ceiling = no_figures();
  std::map<std::string, FeatureDistance> distances{};  // by metric: `frechet`, `kid`, `fid`, `fvd`
};

/// What the finder reaches on the real clips when these are cut to their first frames.
struct CeilingAtLength {
  std::int64_t frames = 0;
  double mask_iou = 0;
  double box_iou = 0;
};

/// A model on a benchmark.
struct BenchResult {
  std::string label{};         // what the model is called on pages
  std::string source{};        // where its clips come from, a sentence
  std::string bench_name{};    // of the benchmark
  std::string bench_sha256{};  // of its bench.json
  BenchKind bench_kind = BenchKind::clips;
  std::int64_t frames = 0;  // that were compared, of each clip
  std::int64_t width = 0;   // pixels of the generated clips
  std::int64_t height = 0;
  MeasuredWith finder{};
  std::map<std::string, MeasuredWith> extractors{};  // by metric
  std::vector<BenchClip> clips{};                    // by case, then by seed
  std::vector<CeilingAtLength> ceilings{};
  BenchSummary overall{};
  std::map<std::string, BenchSummary> groups{};  // `1` to `6+`
  /// By metric, for each case of the clips in their order, once.
  std::map<std::string, std::vector<CaseFeatures>> features{};
};

/// Ids of the cases in the order of the clips.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> case_ids(const BenchResult& result);

/// One value a case for a figure, seeds averaged, [N] float64 in the order of `case_ids`; NaN where it is not known.
[[nodiscard]] FLASHMOTION_EXPORT Tensor figure_by_case(const BenchResult& result, std::size_t figure);

/// Fills `overall` and `groups` from clips and features.
FLASHMOTION_EXPORT void summarise(BenchResult& result);

/// `results.json`; features are not part of it.
[[nodiscard]] FLASHMOTION_EXPORT std::string result_text(const BenchResult& result);

/// Writes `results.json` and `features.safetensors` into a folder.
FLASHMOTION_EXPORT void write_result(const std::filesystem::path& folder, const BenchResult& result);

/// Reads them again. Throws InputError, with line and column where there is one.
[[nodiscard]] FLASHMOTION_EXPORT BenchResult read_result(const std::filesystem::path& folder);

}  // namespace flashmotion
