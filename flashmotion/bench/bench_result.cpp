#include "flashmotion/bench/bench_result.hpp"

#include "flashmotion/core/rng.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace flashmotion {
namespace bench_result {

// Clips of one case, which lie together.
struct CaseSpan {
  std::size_t begin = 0, end = 0;
};

std::vector<CaseSpan> spans(const BenchResult& result) {
  std::vector<CaseSpan> all;
  for (std::size_t i = 0; i < result.clips.size(); ++i) {
    if (i == 0 || result.clips[i].id != result.clips[i - 1].id) all.push_back({i, i});
    all.back().end = i + 1;
  }
  return all;
}

double mean_of(const BenchResult& result, const CaseSpan& span, FigureValues BenchClip::*values, std::size_t figure) {
  double sum = 0;
  for (std::size_t i = span.begin; i < span.end; ++i) sum += (result.clips[i].*values)[figure];
  return sum / static_cast<double>(span.end - span.begin);
}

Tensor by_case(const BenchResult& result, std::span<const CaseSpan> cases, FigureValues BenchClip::*values,
               std::size_t figure) {
  Tensor column = at::empty({static_cast<std::int64_t>(cases.size())}, at::kDouble);
  auto* value = column.data_ptr<double>();
  for (std::size_t i = 0; i < cases.size(); ++i) value[i] = mean_of(result, cases[i], values, figure);
  return column;
}

Interval mean_interval(const Tensor& values, std::string_view key) {
  const double mean = values.mean().item<double>();
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  if (values.size(0) < 2 || std::isnan(mean)) return {mean, unknown, unknown};
  Rng rng(0, std::string("bench.") + std::string(key));
  return paired_bootstrap(values, at::zeros_like(values), rng);
}

BenchSummary summary(const BenchResult& result, std::span<const CaseSpan> all, const std::vector<std::size_t>& chosen) {
  std::vector<CaseSpan> cases;
  for (const std::size_t i : chosen) cases.push_back(all[i]);
  BenchSummary part;
  part.cases = static_cast<std::int64_t>(cases.size());
  for (const CaseSpan& one : cases) part.clips += static_cast<std::int64_t>(one.end - one.begin);
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) {
    part.figures[f] = mean_interval(by_case(result, cases, &BenchClip::figures, f), kBenchFigures[f].key);
    part.ceiling[f] = by_case(result, cases, &BenchClip::ceiling, f).mean().item<double>();
  }
  for (const auto& [metric, features] : result.features) {
    std::vector<CaseFeatures> rows;
    for (const std::size_t i : chosen) rows.push_back(features[i]);
    if (part.clips < 2 || part.cases < 2) continue;
    Rng rng(0, "bench." + metric);
    part.distances[metric] = metric == "kid" ? kernel_of(rows, rng) : frechet_of(rows, rng);
  }
  return part;
}

}  // namespace bench_result

std::vector<std::string> case_ids(const BenchResult& result) {
  std::vector<std::string> ids;
  for (const auto& span : bench_result::spans(result)) ids.push_back(result.clips[span.begin].id);
  return ids;
}

Tensor figure_by_case(const BenchResult& result, std::size_t figure) {
  return bench_result::by_case(result, bench_result::spans(result), &BenchClip::figures, figure);
}

void summarise(BenchResult& result) {
  const auto spans = bench_result::spans(result);
  std::vector<std::size_t> all;
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    all.push_back(i);
    groups[result.clips[spans[i].begin].group].push_back(i);
  }
  result.overall = bench_result::summary(result, spans, all);
  result.groups.clear();
  for (const auto& [group, chosen] : groups) result.groups[group] = bench_result::summary(result, spans, chosen);
}

}  // namespace flashmotion
