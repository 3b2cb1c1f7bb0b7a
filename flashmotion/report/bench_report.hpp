#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_comparison.hpp"
#include "flashmotion/bench/bench_result.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace flashmotion {

/// The figures of all clips and by group, as Markdown that also reads well on a terminal.
[[nodiscard]] FLASHMOTION_EXPORT std::string bench_table(const BenchResult& result);

/// Writes `results.csv` (a line for each clip), `results.tex` (the table) and `report.html` into a folder. The page
/// needs nothing else: worst and best cases play, from `previews/ID.mp4` in that folder.
FLASHMOTION_EXPORT void write_bench_report(const std::filesystem::path& folder, const BenchResult& result);

/// A model that is compared.
struct ComparedModel {
  std::filesystem::path folder;  // with results.json and previews
  BenchResult result;
};

/// The first model beside the others, each of which is compared with it: entry i of `comparisons` is of model i + 1.
[[nodiscard]] FLASHMOTION_EXPORT std::string comparison_table(std::span<const ComparedModel> models,
                                                              std::span<const BenchComparison> comparisons);
[[nodiscard]] FLASHMOTION_EXPORT std::string comparison_json(std::span<const ComparedModel> models,
                                                             std::span<const BenchComparison> comparisons);

/// Writes `comparison.json`, `.csv`, `.tex` and a self-contained `.html` with the models' clips side by side.
FLASHMOTION_EXPORT void write_comparison(const std::filesystem::path& folder, std::span<const ComparedModel> models,
                                         std::span<const BenchComparison> comparisons);

}  // namespace flashmotion
