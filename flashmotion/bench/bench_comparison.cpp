#include "flashmotion/bench/bench_comparison.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion {
namespace bench_comparison {

// A case of both: its place in either.
struct Pair {
  std::string id, group;
  std::size_t first = 0, other = 0;
};

void expect_equal_terms(const BenchResult& a, const BenchResult& b) {
  const auto differ = [&](const std::string& what, const std::string& x, const std::string& y) {
    if (x != y)
      throw InputError(fmt::format("'{}' and '{}' cannot be compared: {} is '{}' in one and '{}' in the other", a.label,
                                   b.label, what, x, y));
  };
  differ("the benchmark (digest)", a.bench_sha256, b.bench_sha256);
  differ("the number of frames compared", fmt::format("{}", a.frames), fmt::format("{}", b.frames));
  differ("who found the objects", a.finder.name + a.finder.file_sha256, b.finder.name + b.finder.file_sha256);
  for (const auto& [metric, extractor] : a.extractors) {
    const auto same = b.extractors.find(metric);
    if (same == b.extractors.end()) continue;
    differ(fmt::format("the extractor of '{}'", metric), extractor.name + extractor.file_sha256,
           same->second.name + same->second.file_sha256);
  }
}

std::vector<Pair> pairs_of(const BenchResult& first, const BenchResult& other) {
  const auto a = case_ids(first), b = case_ids(other);
  std::map<std::string, std::string> groups;
  for (const BenchClip& clip : first.clips) groups[clip.id] = clip.group;
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto found = std::find(b.begin(), b.end(), a[i]);
    if (found != b.end()) pairs.push_back({a[i], groups[a[i]], i, static_cast<std::size_t>(found - b.begin())});
  }
  if (pairs.empty()) throw InputError(fmt::format("'{}' and '{}' have no case in common", first.label, other.label));
  return pairs;
}

Tensor chosen(const Tensor& column, const std::vector<Pair>& pairs, std::size_t Pair::*side) {
  std::vector<double> values;
  for (const Pair& pair : pairs) values.push_back(column[static_cast<std::int64_t>(pair.*side)].item<double>());
  return at::tensor(values, at::kDouble);
}

Tensor goodness(Better better, const Tensor& values) {
  if (better == Better::more) return values;
  return better == Better::less ? -values : -(values - 1).abs();
}

FigureGain figure_gain(const BenchResult& first, const BenchResult& other, const std::vector<Pair>& pairs,
                       std::size_t figure) {
  const BenchFigure& info = kBenchFigures[figure];
  const Tensor a = chosen(figure_by_case(first, figure), pairs, &Pair::first);
  const Tensor b = chosen(figure_by_case(other, figure), pairs, &Pair::other);
  FigureGain result{std::string(info.key), a.mean().item<double>(), b.mean().item<double>()};
  if (pairs.size() < 2 || std::isnan(result.first) || std::isnan(result.other)) return result;
  Rng rng(0, "compare." + result.key);
  result.gain = paired_bootstrap(goodness(info.better, b), goodness(info.better, a), rng);
  return result;
}

std::vector<CaseFeatures> features_of(const std::vector<CaseFeatures>& all, const std::vector<Pair>& pairs,
                                      std::size_t Pair::*side) {
  std::vector<CaseFeatures> rows;
  for (const Pair& pair : pairs) rows.push_back(all[pair.*side]);
  return rows;
}

std::optional<FigureGain> distance_gain(const BenchResult& first, const BenchResult& other,
                                        const std::vector<Pair>& pairs, const std::string& metric) {
  const auto a = first.features.find(metric), b = other.features.find(metric);
  if (a == first.features.end() || b == other.features.end() || pairs.size() < 2) return std::nullopt;
  const auto rows_a = features_of(a->second, pairs, &Pair::first), rows_b = features_of(b->second, pairs, &Pair::other);
  Rng draw(0, "compare." + metric), draw_a(0, "compare." + metric), draw_b(0, "compare." + metric);
  const bool kernel = metric == "kid";
  return FigureGain{metric, kernel ? kernel_value(rows_a, draw_a) : frechet_value(rows_a),
                    kernel ? kernel_value(rows_b, draw_b) : frechet_value(rows_b),
                    kernel ? kernel_difference(rows_a, rows_b, draw) : frechet_difference(rows_a, rows_b, draw)};
}

std::vector<FigureGain> gains(const BenchResult& first, const BenchResult& other, const std::vector<Pair>& pairs) {
  std::vector<FigureGain> all;
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) all.push_back(figure_gain(first, other, pairs, f));
  for (const auto& entry : first.features) {
    if (auto gain = distance_gain(first, other, pairs, entry.first)) all.push_back(*std::move(gain));
  }
  return all;
}

}  // namespace bench_comparison

BenchComparison compare_results(const BenchResult& first, const BenchResult& other) {
  using namespace bench_comparison;
  expect_equal_terms(first, other);
  const auto pairs = pairs_of(first, other);
  BenchComparison comparison;
  comparison.cases = static_cast<std::int64_t>(pairs.size());
  comparison.left_out = static_cast<std::int64_t>(case_ids(first).size() + case_ids(other).size() - 2 * pairs.size());
  comparison.overall = gains(first, other, pairs);
  std::map<std::string, std::vector<Pair>> groups;
  for (const Pair& pair : pairs) groups[pair.group].push_back(pair);
  for (const auto& [group, part] : groups) comparison.groups[group] = gains(first, other, part);
  const Tensor a = figure_by_case(first, 0), b = figure_by_case(other, 0);
  for (const Pair& pair : pairs)
    comparison.by_case.emplace_back(pair.id, b[static_cast<std::int64_t>(pair.other)].item<double>() -
                                                 a[static_cast<std::int64_t>(pair.first)].item<double>());
  std::stable_sort(comparison.by_case.begin(), comparison.by_case.end(),
                   [](const auto& x, const auto& y) { return x.second > y.second; });
  return comparison;
}

}  // namespace flashmotion
