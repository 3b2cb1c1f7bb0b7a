#include "flashmotion/bench/feature_distance.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "flashmotion/metrics/gaussian_sums.hpp"
#include "flashmotion/metrics/kernel_distance.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace flashmotion {
namespace feature_distance {

constexpr std::int64_t kResamples = 200;
constexpr std::int64_t kMostDimensions = 512;  // of which covariances are resampled
constexpr std::int64_t kMostRows = 2000;       // of which kernels are resampled
constexpr std::int64_t kSubset = 1000;

// All features of a set of cases, and which rows are whose.
struct Rows {
  Tensor all;                     // [N, D] float64
  std::vector<std::int64_t> end;  // of each case

  [[nodiscard]] Tensor drawn(const Tensor& cases) const {
    std::vector<Tensor> parts;
    const auto* draw = cases.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < cases.size(0); ++i) {
      const auto one = static_cast<std::size_t>(draw[i]);
      parts.push_back(all.slice(0, one == 0 ? 0 : end[one - 1], end[one]));
    }
    return at::cat(parts);
  }
};

Rows rows_of(std::span<const CaseFeatures> cases, Tensor CaseFeatures::*side) {
  Rows rows;
  std::vector<Tensor> parts;
  for (const CaseFeatures& one : cases) {
    parts.push_back((one.*side).detach().to(at::kDouble));
    rows.end.push_back((rows.end.empty() ? 0 : rows.end.back()) + parts.back().size(0));
  }
  if (rows.end.empty() || rows.end.back() < 2) {
    throw InputError(fmt::format("distance between distributions of {} features; give 2 clips or more",
                                 rows.end.empty() ? 0 : rows.end.back()));
  }
  rows.all = at::cat(parts);
  return rows;
}

// Brings several sets into the space that they span together: Fréchet distances stay as they are, and fewer rows than
// dimensions make small covariances.
void reduce_(const std::vector<Rows*>& sets) {
  std::vector<Tensor> parts;
  for (const Rows* set : sets) parts.push_back(set->all);
  const Tensor all = at::cat(parts);
  if (all.size(0) >= all.size(1)) return;
  const Tensor mean = all.mean(0);
  const Tensor basis = std::get<2>(at::linalg_svd(all - mean, /*full_matrices=*/false));  // [R, D]
  for (Rows* set : sets) set->all = at::matmul(set->all - mean, basis.t());
}

Gaussian gaussian(const Tensor& rows) {
  GaussianSums sums;
  sums.add(rows);
  return sums.gaussian();
}

// Rounding may take equal sets below 0.
double frechet(const Gaussian& generated, const Gaussian& reference) {
  return std::max(0.0, frechet_distance(generated, reference));
}

double frechet(const Tensor& generated, const Tensor& reference) {
  return frechet(gaussian(generated), gaussian(reference));
}

// Resamples `statistic(draw of cases)`, moved to have the estimate as its mean.
template <class Statistic>
std::optional<Interval> resampled(std::size_t cases, double estimate, Rng& rng, Statistic statistic) {
  if (cases < 2) return std::nullopt;
  const auto count = static_cast<std::int64_t>(cases);
  Tensor values = at::empty({kResamples}, at::kDouble);
  auto* value = values.data_ptr<double>();
  for (std::int64_t i = 0; i < kResamples; ++i) value[i] = statistic(rng.integers(0, count, {count}));
  return percentile_interval(estimate, values - values.mean() + estimate);
}

double kernel(const Tensor& a, const Tensor& b, Rng& rng) {
  if (std::max(a.size(0), b.size(0)) <= kSubset) return kernel_distance(a, b);
  const KernelDistanceConfig config{.subset_size = std::min({kSubset, a.size(0), b.size(0)})};
  return subset_kernel_distance(a, b, rng, config).mean;
}

FeatureDistance counted(double value, const Rows& generated) {
  FeatureDistance result;
  result.value = value;
  result.features = generated.all.size(0);
  result.dimensions = generated.all.size(1);
  return result;
}

}  // namespace feature_distance

FeatureDistance frechet_of(std::span<const CaseFeatures> cases, Rng& rng) {
  using namespace feature_distance;
  Rows generated = rows_of(cases, &CaseFeatures::generated), reference = rows_of(cases, &CaseFeatures::reference);
  FeatureDistance result = counted(0, generated);
  reduce_({&generated, &reference});
  GaussianSums sums;
  sums.add(generated.all);
  result.rank = sums.rank();
  result.value = frechet(sums.gaussian(), gaussian(reference.all));
  if (generated.all.size(1) > kMostDimensions) return result;
  result.interval = resampled(cases.size(), result.value, rng, [&](const Tensor& draw) {
    return frechet(generated.drawn(draw), reference.drawn(draw));
  });
  return result;
}

FeatureDistance kernel_of(std::span<const CaseFeatures> cases, Rng& rng) {
  using namespace feature_distance;
  const Rows generated = rows_of(cases, &CaseFeatures::generated), reference = rows_of(cases, &CaseFeatures::reference);
  FeatureDistance result = counted(kernel(generated.all, reference.all, rng), generated);
  if (generated.all.size(0) + reference.all.size(0) > kMostRows) return result;
  result.interval = resampled(cases.size(), result.value, rng, [&](const Tensor& draw) {
    return kernel_distance(generated.drawn(draw), reference.drawn(draw));
  });
  return result;
}

double frechet_value(std::span<const CaseFeatures> cases) {
  using namespace feature_distance;
  Rows generated = rows_of(cases, &CaseFeatures::generated), reference = rows_of(cases, &CaseFeatures::reference);
  reduce_({&generated, &reference});
  return frechet(generated.all, reference.all);
}

double kernel_value(std::span<const CaseFeatures> cases, Rng& rng) {
  using namespace feature_distance;
  return kernel(rows_of(cases, &CaseFeatures::generated).all, rows_of(cases, &CaseFeatures::reference).all, rng);
}

std::optional<Interval> frechet_difference(std::span<const CaseFeatures> a, std::span<const CaseFeatures> b, Rng& rng) {
  using namespace feature_distance;
  if (a.size() < 2 || a.size() != b.size()) return std::nullopt;
  Rows from_a = rows_of(a, &CaseFeatures::generated), from_b = rows_of(b, &CaseFeatures::generated);
  Rows real_a = rows_of(a, &CaseFeatures::reference), real_b = rows_of(b, &CaseFeatures::reference);
  reduce_({&from_a, &from_b, &real_a, &real_b});
  if (from_a.all.size(1) > kMostDimensions) return std::nullopt;
  const double estimate = frechet(from_a.all, real_a.all) - frechet(from_b.all, real_b.all);
  return resampled(a.size(), estimate, rng, [&](const Tensor& draw) {
    return frechet(from_a.drawn(draw), real_a.drawn(draw)) - frechet(from_b.drawn(draw), real_b.drawn(draw));
  });
}

std::optional<Interval> kernel_difference(std::span<const CaseFeatures> a, std::span<const CaseFeatures> b, Rng& rng) {
  using namespace feature_distance;
  if (a.size() < 2 || a.size() != b.size()) return std::nullopt;
  const Rows from_a = rows_of(a, &CaseFeatures::generated), from_b = rows_of(b, &CaseFeatures::generated);
  const Rows real_a = rows_of(a, &CaseFeatures::reference), real_b = rows_of(b, &CaseFeatures::reference);
  if (from_a.all.size(0) + real_a.all.size(0) > kMostRows || from_b.all.size(0) + real_b.all.size(0) > kMostRows)
    return std::nullopt;
  const auto difference = [](const Tensor& x, const Tensor& rx, const Tensor& y, const Tensor& ry) {
    return kernel_distance(x, rx) - kernel_distance(y, ry);
  };
  const double estimate = difference(from_a.all, real_a.all, from_b.all, real_b.all);
  return resampled(a.size(), estimate, rng, [&](const Tensor& draw) {
    return difference(from_a.drawn(draw), real_a.drawn(draw), from_b.drawn(draw), real_b.drawn(draw));
  });
}

}  // namespace flashmotion
