#pragma once

#include "flashmotion/bench/bench_result.hpp"

#include <string>
#include <vector>

// What tables of benchmarks have in common.

namespace flashmotion::report_detail {

/// A row: all clips or a group.
struct BenchRow {
  std::string name;  // `all`, `1 object`, `6+ objects`
  const BenchSummary* part = nullptr;
};

/// Groups first, then all.
[[nodiscard]] std::vector<BenchRow> bench_rows(const BenchResult& result);

/// Figures that some clip has, as places in `kBenchFigures`.
[[nodiscard]] std::vector<std::size_t> known_figures(const BenchResult& result);

/// `Fréchet distance`, `KID`, `FID`, `FVD`.
[[nodiscard]] std::string distance_label(const std::string& metric);

/// Three significant digits or so: distances have no scale of their own.
[[nodiscard]] std::string distance_text(double value);

/// What the distances were made with, for notes under tables.
[[nodiscard]] std::string extractor_notes(const BenchResult& result);

/// Label of a figure or a distance, with the arrow of what is better.
[[nodiscard]] std::string gain_label(const std::string& key);
/// Value of a figure or a distance.
[[nodiscard]] std::string gain_value(const std::string& key, double value);

}  // namespace flashmotion::report_detail
