#include "flashmotion/report/detail/bench_columns.hpp"

#include "flashmotion/report/detail/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion::report_detail {

std::vector<BenchRow> bench_rows(const BenchResult& result) {
  std::vector<BenchRow> rows;
  for (const auto& [group, part] : result.groups)
    rows.push_back({fmt::format("{} object{}", group, group == "1" ? "" : "s"), &part});
  rows.push_back({"all", &result.overall});
  return rows;
}

std::vector<std::size_t> known_figures(const BenchResult& result) {
  std::vector<std::size_t> figures;
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) {
    const bool known = std::any_of(result.clips.begin(), result.clips.end(),
                                   [&](const BenchClip& clip) { return std::isfinite(clip.figures[f]); });
    if (known) figures.push_back(f);
  }
  return figures;
}

std::string distance_label(const std::string& metric) {
  if (metric == "frechet") return "Fréchet";
  if (metric == "kid") return "KID";
  if (metric == "fid") return "FID";
  return metric == "fvd" ? "FVD" : metric;
}

std::string distance_text(double value) { return std::isfinite(value) ? fmt::format("{:.3g}", value) : "–"; }

std::string extractor_notes(const BenchResult& result) {
  std::string notes;
  for (const auto& [metric, extractor] : result.extractors) {
    if (!notes.empty()) notes += "; ";
    notes += fmt::format("{} on {}", distance_label(metric), extractor.name);
    if (!extractor.file_sha256.empty()) notes += fmt::format(" (SHA-256 {}…)", extractor.file_sha256.substr(0, 12));
  }
  return notes;
}

std::string gain_label(const std::string& key) {
  for (const BenchFigure& figure : kBenchFigures) {
    if (figure.key == key) return fmt::format("{} {}", figure.label, better_arrow(figure.better));
  }
  return distance_label(key) + " ↓";
}

std::string gain_value(const std::string& key, double value) {
  for (const BenchFigure& info : kBenchFigures) {
    if (info.key == key) return figure(value, info.digits);
  }
  return distance_text(value);
}

}  // namespace flashmotion::report_detail
