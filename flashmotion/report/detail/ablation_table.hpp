#pragma once

#include "flashmotion/report/ablation_report.hpp"
#include "flashmotion/report/detail/metric_info.hpp"
#include "flashmotion/report/detail/run_data.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace flashmotion::report_detail {

/// A figure over seeds.
struct Spread {
  double mean = 0, half_range = 0;
  std::vector<double> values;  // finite ones
  int rank = 0;                // 1: the best of its column, 2: the second best, 0: neither
};

/// A row of an ablation's table.
struct AblationRow {
  std::string variant;   // of the ablation
  std::string measured;  // variant of the recipe
  std::size_t runs = 0, wanted = 0;
  std::string folder;  // of the first good run
  std::array<Spread, kMetrics.size()> figures;

  /// `constant_lambda`, or `constant_lambda / naive` where rows differ in what is measured.
  [[nodiscard]] std::string label(bool several) const { return several ? variant + " / " + measured : variant; }
};

struct AblationTable {
  std::vector<AblationRow> rows;
  bool several = false;  // rows of one variant measure different things
};

/// Gathers the results below a folder.
[[nodiscard]] AblationTable gather_ablation(const std::string& folder, const std::vector<AblationRun>& runs,
                                            const std::vector<std::string>& report);

[[nodiscard]] std::string ablation_markdown(const AblationTable& table);
[[nodiscard]] std::string ablation_csv(const AblationTable& table);
[[nodiscard]] std::string ablation_json(const AblationTable& table, const std::vector<AblationRun>& runs);
[[nodiscard]] std::string ablation_tex(const AblationTable& table);
[[nodiscard]] std::string ablation_html(const std::string& folder, const AblationTable& table,
                                        const std::vector<AblationRun>& runs);

}  // namespace flashmotion::report_detail
