#pragma once

#include "flashmotion/report/bench_report.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace flashmotion::report_detail {

/// The page of one model on a benchmark.
[[nodiscard]] std::string bench_html(const std::filesystem::path& folder, const BenchResult& result);

/// The page of several models, the first beside each other.
[[nodiscard]] std::string comparison_html(std::span<const ComparedModel> models,
                                          std::span<const BenchComparison> comparisons);

}  // namespace flashmotion::report_detail
