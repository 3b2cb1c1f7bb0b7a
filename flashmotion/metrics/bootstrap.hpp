#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/frechet.hpp"

#include <cstdint>

namespace flashmotion {

/// A figure with its 95 % bootstrap interval.
struct Interval {
  double estimate = 0;
  double low = 0;   // 2.5 %
  double high = 0;  // 97.5 %
};

/// An estimate with the 2.5 % and 97.5 % points of resampled figures [R] float64, linear between the two nearest ranks.
[[nodiscard]] FLASHMOTION_EXPORT Interval percentile_interval(double estimate, const Tensor& resampled);

/// Mean of a - b over cases, with the percentile interval over resampled cases. Entry i of both must be the
/// same case; several sampling seeds of a case are averaged first, for they are no cases of their own. Equal generators
/// give equal intervals. Throws InputError below 2 cases, ShapeError when the two differ in length.
[[nodiscard]] FLASHMOTION_EXPORT Interval paired_bootstrap(const Tensor& a, const Tensor& b,  // [N] each
                                                           Rng& rng, std::int64_t resamples = 10000);

/// Distance of `a` less that of `b` to the same reference, with an interval over resampled cases (the same
/// draw for both). A resample repeats clips, which raises every distance; so the resampled differences are moved to
/// have the estimate as their mean. Features are [N, D], entry i of both the same case. Throws as `paired_bootstrap`,
/// and InputError when N is no more than twice the reference's dimensions: resamples would be singular.
[[nodiscard]] FLASHMOTION_EXPORT Interval frechet_bootstrap(const FrechetReference& reference, const Tensor& a,
                                                            const Tensor& b, Rng& rng, std::int64_t resamples = 500);

}  // namespace flashmotion
