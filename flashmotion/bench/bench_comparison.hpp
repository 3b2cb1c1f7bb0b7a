#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// One figure of two models on the same cases.
struct FigureGain {
  std::string key;   // of `kBenchFigures`, or a distance
  double first = 0;  // means over the cases that both have; distances over their features
  double other = 0;
  /// How much better the other is than the first, positive is better, with its 95 % interval over paired cases; a
  /// figure that should be 1 counts by its distance from 1. None below 2 cases, or where the figure is not known.
  std::optional<Interval> gain{};

  /// Whether the interval leaves out 0.
  [[nodiscard]] bool told_apart() const { return gain && (gain->low > 0 || gain->high < 0); }
};

/// Two models on the same benchmark.
struct BenchComparison {
  std::int64_t cases = 0;     // that both have
  std::int64_t left_out = 0;  // that only one has
  std::vector<FigureGain> overall{};
  std::map<std::string, std::vector<FigureGain>> groups{};
  std::vector<std::pair<std::string, double>> by_case{};  // gain in mask IoU, the other's gain first
};

/// Pairs the cases of two results. Throws InputError when they were measured on other benchmarks, with other finders or
/// extractors or at other numbers of frames, or have no case in common: such figures cannot be compared.
[[nodiscard]] FLASHMOTION_EXPORT BenchComparison compare_results(const BenchResult& first, const BenchResult& other);

}  // namespace flashmotion
