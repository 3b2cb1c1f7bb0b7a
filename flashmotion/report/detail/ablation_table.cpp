#include "flashmotion/report/detail/ablation_table.hpp"

#include "flashmotion/base/json.hpp"
#include "flashmotion/report/detail/markdown.hpp"
#include "flashmotion/report/detail/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

namespace flashmotion::report_detail {
namespace ablation_table {

namespace fs = std::filesystem;

/// First seen first.
void note(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

Spread spread_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  Spread spread{NAN, 0, std::move(values)};
  if (spread.values.empty()) return spread;
  double sum = 0;
  for (const double v : spread.values) sum += v;
  spread.mean = sum / static_cast<double>(spread.values.size());
  const auto [low, high] = std::minmax_element(spread.values.begin(), spread.values.end());
  spread.half_range = (*high - *low) / 2;
  return spread;
}

/// Marks the best and the second best row of each column; equal figures share a mark.
void rank(std::vector<AblationRow>& rows) {
  for (std::size_t m = 0; m < kMetrics.size(); ++m) {
    std::vector<double> all;
    for (const AblationRow& row : rows)
      if (std::isfinite(row.figures[m].mean)) all.push_back(badness(kMetrics[m], row.figures[m].mean));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.size() < 2) continue;
    for (AblationRow& row : rows) {
      const double bad = badness(kMetrics[m], row.figures[m].mean);
      row.figures[m].rank = bad == all[0] ? 1 : bad == all[1] ? 2 : 0;
    }
  }
}

std::string cell(const Spread& spread, const MetricInfo& metric) {
  if (spread.values.empty()) return "–";
  std::string mean = figure(spread.mean, metric.digits);
  if (spread.values.size() < 2 || (metric.cost && spread.half_range == 0)) return mean;
  return fmt::format("{} ± {}", mean, figure(spread.half_range, metric.digits));
}

std::string name_cell(const AblationRow& row, bool several) {
  const std::string name = row.label(several);
  return row.runs == row.wanted ? name : fmt::format("{} ({} of {} runs)", name, row.runs, row.wanted);
}

}  // namespace ablation_table

AblationTable gather_ablation(const std::string& folder, const std::vector<AblationRun>& runs,
                              const std::vector<std::string>& report) {
  using namespace ablation_table;
  AblationTable table;
  std::vector<std::string> variants;
  for (const AblationRun& run : runs) note(variants, run.variant);
  for (const std::string& variant : variants) {
    std::vector<std::pair<std::string, ResultsFile>> good;
    std::size_t wanted = 0;
    std::vector<std::string> measured = report;
    for (const AblationRun& run : runs) {
      if (run.variant != variant) continue;
      ++wanted;
      auto results = run.failure.empty() ? read_results(fs::path(folder) / run.folder) : std::nullopt;
      if (!results) continue;
      if (report.empty() && !results->variants.empty()) note(measured, results->variants.back().name);
      good.emplace_back(run.folder, std::move(*results));
    }
    if (measured.empty()) measured = {""};
    bool any = false;
    for (const std::string& name : measured) {
      AblationRow row{variant, name, 0, wanted, good.empty() ? "" : good.front().first, {}};
      std::array<std::vector<double>, kMetrics.size()> values;
      for (const auto& [place, results] : good) {
        const VariantFigures* figures = results.find(name);
        if (figures == nullptr) continue;
        ++row.runs;
        for (std::size_t m = 0; m < kMetrics.size(); ++m) values[m].push_back(figures->overall[kMetrics[m].key]);
      }
      // A variant may lack what others are measured by; a row without any figure says that it failed.
      if (row.runs == 0 && (any || (name != measured.back() && !good.empty()))) continue;
      any = any || row.runs > 0;
      for (std::size_t m = 0; m < kMetrics.size(); ++m) row.figures[m] = spread_of(std::move(values[m]));
      table.rows.push_back(std::move(row));
    }
  }
  for (const AblationRow& row : table.rows)
    table.several = table.several || (!row.measured.empty() && row.measured != table.rows.front().measured);
  rank(table.rows);
  return table;
}

std::string ablation_markdown(const AblationTable& table) {
  using namespace ablation_table;
  std::vector<std::string> head{"variant"};
  for (const MetricInfo& metric : kMetrics) head.push_back(fmt::format("{} {}", metric.label, arrow(metric.direction)));
  std::vector<std::vector<std::string>> rows;
  for (const AblationRow& row : table.rows) {
    rows.push_back({escape_cell(name_cell(row, table.several))});
    for (std::size_t m = 0; m < kMetrics.size(); ++m) {
      const std::string text = cell(row.figures[m], kMetrics[m]);
      const char* mark = row.figures[m].rank == 1 ? "**" : row.figures[m].rank == 2 ? "_" : "";
      rows.back().push_back(mark + text + mark);
    }
  }
  return markdown(head, rows, 1);
}

std::string ablation_csv(const AblationTable& table) {
  using namespace ablation_table;
  std::string text = "variant,measured,runs";
  for (const MetricInfo& metric : kMetrics) text += fmt::format(",{0},{0}_half_range", metric.key);
  text += "\n";
  for (const AblationRow& row : table.rows) {
    text += fmt::format("{},{},{}", escape_csv(row.variant), escape_csv(row.measured), row.runs);
    for (const Spread& spread : row.figures)
      text += spread.values.empty() ? std::string(",,") : fmt::format(",{},{}", spread.mean, spread.half_range);
    text += "\n";
  }
  return text;
}

std::string ablation_json(const AblationTable& table, const std::vector<AblationRun>& runs) {
  JsonWriter json(2);
  json.begin_object().field("version", 1).key("rows").begin_array();
  for (const AblationRow& row : table.rows) {
    json.begin_object().field("variant", row.variant).field("measured", row.measured);
    json.field("runs", static_cast<std::int64_t>(row.runs)).key("figures").begin_object();
    for (std::size_t m = 0; m < kMetrics.size(); ++m) {
      const Spread& spread = row.figures[m];
      json.key(kMetrics[m].key).begin_object().field("mean", spread.mean).field("half_range", spread.half_range);
      json.field("values", spread.values).field("rank", static_cast<std::int64_t>(spread.rank)).end_object();
    }
    json.end_object().end_object();
  }
  json.end_array().key("runs").begin_array();
  for (const AblationRun& run : runs) {
    json.begin_object().field("variant", run.variant).field("seed", run.seed).field("folder", run.folder);
    json.field("good", run.failure.empty());
    if (!run.failure.empty()) json.field("failure", run.failure);
    json.end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

std::string ablation_tex(const AblationTable& table) {
  using namespace ablation_table;
  std::string text = fmt::format("% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\nvariant",
                                 std::string(kMetrics.size(), 'r'));
  for (const MetricInfo& metric : kMetrics) text += " & " + escape_tex(std::string(metric.label));
  text += " \\\\\n\\midrule\n";
  for (const AblationRow& row : table.rows) {
    text += escape_tex(name_cell(row, table.several));
    for (std::size_t m = 0; m < kMetrics.size(); ++m) {
      const std::string figure = escape_tex(cell(row.figures[m], kMetrics[m]));
      const int rank = row.figures[m].rank;
      text += " & " + (rank == 1   ? fmt::format("\\textbf{{{}}}", figure)
                       : rank == 2 ? fmt::format("\\underline{{{}}}", figure)
                                   : figure);
    }
    text += " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace flashmotion::report_detail
