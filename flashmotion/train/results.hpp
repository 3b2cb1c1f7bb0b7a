#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/evaluation.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// An expected ordering and what was measured of it.
struct Verdict {
  std::string variant, relation, than, metric;
  double margin = 0;
  std::optional<Interval> advantage;  // positive: `variant` is better
  std::string verdict;                // shown, not shown, reversed; not measured when the cases are too few
};

/// Everything that `results.json` says.
struct Results {
  std::int64_t seed = 0;
  std::string adapter;
  std::vector<std::pair<std::string, VariantScores>> variants;
  std::vector<std::pair<std::string, VariantScores>> floors;  // real: other real clips; codec: the cases through it
  std::vector<std::pair<std::string, double>> stage_seconds;
  std::vector<Verdict> verdicts;
};

/// The text of `results.json`; docs/results.md describes it.
[[nodiscard]] FLASHMOTION_EXPORT std::string results_json(const Results& results);

/// What an interval says of an expectation.
[[nodiscard]] FLASHMOTION_EXPORT std::string judge(const std::optional<Interval>& advantage, bool no_worse,
                                                   double margin);

}  // namespace flashmotion
