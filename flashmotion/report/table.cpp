#include "flashmotion/report/table.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/report/detail/markdown.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/metric_info.hpp"
#include "flashmotion/report/detail/run_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace flashmotion {
namespace table_detail {

using namespace report_detail;
using Row = std::vector<std::string>;

// Runs of one adapter, in the order given.
struct Group {
  std::string adapter;
  std::vector<ResultsFile> runs;
  std::vector<std::string> labels;  // `seed 0`
};

// Mean of the finite values, with half their range when there are several runs.
std::string mean_figure(const std::vector<double>& values, const MetricInfo& metric, std::size_t runs) {
  std::vector<double> finite;
  for (const double v : values) {
    if (std::isfinite(v)) finite.push_back(v);
  }
  if (finite.empty()) return "–";
  double sum = 0;
  for (const double v : finite) sum += v;
  std::string mean = figure(sum / static_cast<double>(finite.size()), metric.digits);
  if (runs == 1) return mean;
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  if (metric.cost && *low == *high) return mean;
  return fmt::format("{} ± {}", mean, figure((*high - *low) / 2, metric.digits));
}

// Names of variants or floors over all runs, first seen first.
std::vector<std::string> names_of(const Group& group, std::vector<VariantFigures> ResultsFile::*list) {
  std::vector<std::string> names;
  for (const ResultsFile& run : group.runs) {
    for (const VariantFigures& v : run.*list) {
      if (std::find(names.begin(), names.end(), v.name) == names.end()) names.push_back(v.name);
    }
  }
  return names;
}

std::string figures_table(const Group& group) {
  Row head{"variant"};
  for (const MetricInfo& metric : kMetrics) head.push_back(fmt::format("{} {}", metric.label, arrow(metric.direction)));
  std::vector<Row> rows;
  const auto add = [&](std::vector<VariantFigures> ResultsFile::*list, bool floor) {
    for (const std::string& name : names_of(group, list)) {
      Row row{escape_cell(floor ? fmt::format("({})", name) : name)};
      const auto holds = [&](const ResultsFile& run) {
        return std::any_of((run.*list).begin(), (run.*list).end(), [&](const auto& v) { return v.name == name; });
      };
      const auto count = static_cast<std::size_t>(std::count_if(group.runs.begin(), group.runs.end(), holds));
      if (count < group.runs.size()) row[0] += fmt::format(" ({} of {} runs)", count, group.runs.size());
      for (const MetricInfo& metric : kMetrics) {
        std::vector<double> values;
        for (const ResultsFile& run : group.runs) {
          for (const VariantFigures& v : run.*list) {
            if (v.name == name) values.push_back(v.overall[metric.key]);
          }
        }
        row.push_back(floor && metric.cost ? "–" : mean_figure(values, metric, group.runs.size()));
      }
      rows.push_back(std::move(row));
    }
  };
  add(&ResultsFile::variants, false);
  add(&ResultsFile::floors, true);
  return markdown(head, rows, 1);
}

std::string verdict_cell(const Expectation& e) {
  if (!e.advantage) return e.verdict;
  const MetricInfo* metric = find_metric(e.metric);
  const int digits = metric == nullptr ? 3 : metric->digits;
  return fmt::format("{} {} [{}, {}]", e.verdict, signed_figure(e.advantage->estimate, digits),
                     signed_figure(e.advantage->low, digits), signed_figure(e.advantage->high, digits));
}

std::string verdicts_table(const Group& group) {
  Row head{"expected", "metric"};
  head.insert(head.end(), group.labels.begin(), group.labels.end());
  std::vector<Row> rows;
  std::vector<std::pair<std::string, std::string>> keys;
  for (const ResultsFile& run : group.runs) {
    for (const Expectation& e : run.expectations) {
      const std::pair key{e.sentence(), e.metric};
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  for (const auto& [sentence, name] : keys) {
    const MetricInfo* metric = find_metric(name);
    Row row{escape_cell(sentence), metric == nullptr ? escape_cell(name) : std::string(metric->label)};
    for (const ResultsFile& run : group.runs) {
      std::string cell = "–";
      for (const Expectation& e : run.expectations) {
        if (e.sentence() == sentence && e.metric == name) cell = escape_cell(verdict_cell(e));
      }
      row.push_back(cell);
    }
    rows.push_back(std::move(row));
  }
  return rows.empty() ? std::string() : markdown(head, rows, 2 + group.runs.size());
}

std::vector<Group> read_groups(const std::vector<std::string>& run_folders) {
  std::vector<Group> groups;
  for (const std::string& folder : run_folders) {
    std::optional<ResultsFile> results = read_results(folder);
    if (!results) {
      throw InputError(
          fmt::format("'{}' holds no results.json: the run is not finished, or it is no run folder; finish it with "
                      "'flashmotion run RECIPE --out {} --resume'",
                      folder, folder));
    }
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.adapter == results->adapter; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{results->adapter, {}, {}});
    std::string label = fmt::format("seed {}", results->seed);
    if (std::find(group->labels.begin(), group->labels.end(), label) != group->labels.end()) {
      label += fmt::format(" ({})", std::filesystem::path(folder).filename().string());
    }
    group->labels.push_back(escape_cell(label));
    group->runs.push_back(std::move(*results));
  }
  return groups;
}

}  // namespace table_detail

std::string results_table(const std::vector<std::string>& run_folders) {
  using namespace table_detail;
  std::string text;
  for (const Group& group : read_groups(run_folders)) {
    std::string seeds;
    for (const std::string& label : group.labels) seeds += (seeds.empty() ? "" : ", ") + label;
    text += fmt::format("{}### adapter {}: {}\n\n", text.empty() ? "" : "\n", escape_cell(group.adapter), seeds);
    text += figures_table(group);
    if (group.runs.size() > 1) {
      text +=
          fmt::format("\nMean of {} runs ± half the distance from the lowest to the highest. In brackets: floors.\n",
                      group.runs.size());
    } else {
      text += "\nIn brackets: floors, the same measures on real clips.\n";
    }
    const std::string verdicts = verdicts_table(group);
    if (!verdicts.empty()) {
      text += "\n" + verdicts + "\nAdvantage of the first with its 95 % bootstrap interval; positive: it is better.\n";
    }
  }
  return text;
}

}  // namespace flashmotion
