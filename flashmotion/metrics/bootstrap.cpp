#include "flashmotion/metrics/bootstrap.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace flashmotion {
namespace bootstrap {

void expect_pairs(const Tensor& a, const Tensor& b, std::int64_t rank, std::int64_t resamples) {
  if (a.dim() != rank || a.sizes() != b.sizes()) {
    throw ShapeError(fmt::format("paired figures have {} and {} axes or differ in length; give one row a case of both",
                                 a.dim(), b.dim()));
  }
  if (a.size(0) < 2 || resamples < 40) {
    throw InputError(fmt::format("bootstrap of {} cases with {} resamples; give 2 cases and 40 resamples or more",
                                 a.size(0), resamples));
  }
}

}  // namespace bootstrap

Interval percentile_interval(double estimate, const Tensor& resampled) {
  const auto sorted = std::get<0>(resampled.sort());
  const auto quantile = [&](double share) {
    const auto rank = share * static_cast<double>(sorted.size(0) - 1);
    const auto below = static_cast<std::int64_t>(rank);
    const auto part = rank - static_cast<double>(below);
    const auto above = below + 1 < sorted.size(0) ? below + 1 : below;
    return sorted[below].item<double>() * (1 - part) + sorted[above].item<double>() * part;
  };
  return {estimate, quantile(0.025), quantile(0.975)};
}

Interval paired_bootstrap(const Tensor& a, const Tensor& b, Rng& rng, std::int64_t resamples) {
  bootstrap::expect_pairs(a, b, 1, resamples);
  const auto difference = a.detach().to(at::kDouble) - b.detach().to(at::kDouble);
  const auto cases = difference.size(0);
  const auto means = difference.index_select(0, rng.integers(0, cases, {resamples * cases})).view({resamples, cases});
  return percentile_interval(difference.mean().item<double>(), means.mean(1));
}

Interval frechet_bootstrap(const FrechetReference& reference, const Tensor& a, const Tensor& b, Rng& rng,
                           std::int64_t resamples) {
  bootstrap::expect_pairs(a, b, 2, resamples);
  const auto cases = a.size(0);
  if (cases <= 2 * reference.dimensions()) {
    throw InputError(fmt::format(
        "bootstrap of {} clips against a reference of {} dimensions; give more clips or a reference of at most {}",
        cases, reference.dimensions(), frechet_dimensions(cases)));
  }
  const auto from_a = reference.project(a), from_b = reference.project(b);
  const auto difference = [&](const Tensor& x, const Tensor& y) {
    return reference.distance_of_projected(x) - reference.distance_of_projected(y);
  };
  const auto estimate = difference(from_a, from_b);
  auto resampled = at::empty({resamples}, from_a.options());
  for (std::int64_t i = 0; i < resamples; ++i) {
    const auto draw = rng.integers(0, cases, {cases});
    resampled[i] = difference(from_a.index_select(0, draw), from_b.index_select(0, draw));
  }
  return percentile_interval(estimate, resampled - resampled.mean() + estimate);
}

}  // namespace flashmotion
