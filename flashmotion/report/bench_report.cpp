#include "flashmotion/report/bench_report.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/report/detail/bench_columns.hpp"
#include "flashmotion/report/detail/bench_page.hpp"
#include "flashmotion/report/detail/markdown.hpp"
#include "flashmotion/report/detail/markup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace flashmotion {
namespace bench_report {

using namespace report_detail;

std::vector<std::string> table_head(const BenchResult& result) {
  std::vector<std::string> head{"group", "cases"};
  for (const std::size_t f : known_figures(result))
    head.push_back(fmt::format("{} {}", kBenchFigures[f].label, better_arrow(kBenchFigures[f].better)));
  for (const auto& entry : result.extractors) head.push_back(distance_label(entry.first) + " ↓");
  return head;
}

std::vector<std::vector<std::string>> table_rows(const BenchResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const BenchRow& row : bench_rows(result)) {
    rows.push_back({row.name, fmt::format("{}", row.part->cases)});
    for (const std::size_t f : known_figures(result)) {
      std::string text = figure(row.part->figures[f].estimate, kBenchFigures[f].digits);
      if (f < kFoundFigures) text += fmt::format(" ({})", figure(row.part->ceiling[f], kBenchFigures[f].digits));
      rows.back().push_back(text);
    }
    for (const auto& entry : result.extractors) {
      const auto found = row.part->distances.find(entry.first);
      rows.back().push_back(found == row.part->distances.end() ? "–" : distance_text(found->second.value));
    }
  }
  return rows;
}

std::string bench_csv(const BenchResult& result) {
  std::string text = "id,group,seed";
  for (const BenchFigure& info : kBenchFigures) text += fmt::format(",{}", info.key);
  for (std::size_t f = 0; f < kFoundFigures; ++f) text += fmt::format(",ceiling_{}", kBenchFigures[f].key);
  text += "\n";
  const auto cell = [](double value) { return std::isfinite(value) ? fmt::format(",{}", value) : std::string(","); };
  for (const BenchClip& clip : result.clips) {
    text += fmt::format("{},{},{}", escape_csv(clip.id), clip.group, clip.seed);
    for (const double value : clip.figures) text += cell(value);
    for (std::size_t f = 0; f < kFoundFigures; ++f) text += cell(clip.ceiling[f]);
    text += "\n";
  }
  return text;
}

std::vector<std::string> comparison_head(std::span<const ComparedModel> models) {
  std::vector<std::string> head{"figure", escape_cell(models[0].result.label)};
  for (std::size_t i = 1; i < models.size(); ++i) {
    head.push_back(escape_cell(models[i].result.label));
    head.push_back("better by [95 %]");
  }
  return head;
}

std::string gain_text(const FigureGain& gain) {
  if (!gain.gain) return "–";
  const auto text = [](double value) { return std::isfinite(value) ? fmt::format("{:+.3g}", value) : "–"; };
  return fmt::format("{} [{}, {}]{}", text(gain.gain->estimate), text(gain.gain->low), text(gain.gain->high),
                     gain.told_apart() ? "" : " not told apart");
}

std::vector<std::vector<std::string>> comparison_rows(std::span<const BenchComparison> comparisons) {
  std::vector<std::vector<std::string>> rows;
  for (const FigureGain& gain : comparisons[0].overall) {
    if (!std::isfinite(gain.first)) continue;
    rows.push_back({gain_label(gain.key), gain_value(gain.key, gain.first)});
    for (const BenchComparison& comparison : comparisons) {
      const FigureGain* found = nullptr;
      for (const FigureGain& other : comparison.overall) found = other.key == gain.key ? &other : found;
      rows.back().push_back(found == nullptr ? "–" : gain_value(gain.key, found->other));
      rows.back().push_back(found == nullptr ? "–" : gain_text(*found));
    }
  }
  return rows;
}

void write_gains(JsonWriter& json, const std::vector<FigureGain>& gains) {
  json.begin_object();
  for (const FigureGain& gain : gains) {
    json.key(gain.key).begin_object().field("first", gain.first).field("other", gain.other);
    if (gain.gain)
      json.field("better_by", gain.gain->estimate)
          .key("interval")
          .begin_array()
          .value(gain.gain->low)
          .value(gain.gain->high)
          .end_array()
          .field("told_apart", gain.told_apart());
    json.end_object();
  }
  json.end_object();
}

}  // namespace bench_report

std::string bench_table(const BenchResult& result) {
  using namespace bench_report;
  std::string text = markdown(table_head(result), table_rows(result), 1);
  text += fmt::format("\nIn brackets: what the finder ({}) reaches on the real clips. {}.\n", result.finder.name,
                      extractor_notes(result));
  return text;
}

void write_bench_report(const std::filesystem::path& folder, const BenchResult& result) {
  using namespace bench_report;
  write_file_atomically((folder / "results.csv").string(), bench_csv(result));
  write_file_atomically((folder / "results.tex").string(), tex_table(table_head(result), table_rows(result)));
  write_file_atomically((folder / "report.html").string(), bench_html(folder, result));
}

std::string comparison_table(std::span<const ComparedModel> models, std::span<const BenchComparison> comparisons) {
  using namespace bench_report;
  std::string text = markdown(comparison_head(models), comparison_rows(comparisons), 1);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    if (comparisons[i].left_out > 0)
      text += fmt::format("\n{} cases that only one of '{}' and '{}' has are left out.\n", comparisons[i].left_out,
                          models[0].result.label, models[i + 1].result.label);
  }
  return text;
}

std::string comparison_json(std::span<const ComparedModel> models, std::span<const BenchComparison> comparisons) {
  JsonWriter json(2);
  json.begin_object().field("first", models[0].result.label).key("others").begin_array();
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const BenchComparison& comparison = comparisons[i];
    json.begin_object()
        .field("label", models[i + 1].result.label)
        .field("cases", comparison.cases)
        .field("left_out", comparison.left_out)
        .key("overall");
    bench_report::write_gains(json, comparison.overall);
    json.key("groups").begin_object();
    for (const auto& [group, gains] : comparison.groups) {
      json.key(group);
      bench_report::write_gains(json, gains);
    }
    json.end_object().key("mask_iou_by_case").begin_object();
    for (const auto& [id, gain] : comparison.by_case) json.field(id, gain);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

void write_comparison(const std::filesystem::path& folder, std::span<const ComparedModel> models,
                      std::span<const BenchComparison> comparisons) {
  using namespace bench_report;
  std::filesystem::create_directories(folder);
  const auto head = comparison_head(models);
  const auto rows = comparison_rows(comparisons);
  write_file_atomically((folder / "comparison.json").string(), comparison_json(models, comparisons));
  write_file_atomically((folder / "comparison.csv").string(), csv_table(head, rows));
  write_file_atomically((folder / "comparison.tex").string(), tex_table(head, rows));
  write_file_atomically((folder / "comparison.html").string(), comparison_html(models, comparisons));
}

}  // namespace flashmotion
