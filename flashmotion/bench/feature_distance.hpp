#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/bootstrap.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace flashmotion {

/// Features of one case: those of its generated clips, and those of its real clip.
struct CaseFeatures {
  Tensor generated;  // [n, D] float32
  Tensor reference;  // [m, D] float32
};

/// A distance between all generated and all real features.
struct FeatureDistance {
  double value = 0;
  std::optional<Interval> interval{};  // 95 %, over cases; none where it would take too long or cases are below 2
  std::int64_t features = 0;           // of generated clips
  std::int64_t dimensions = 0;
  std::int64_t rank = 0;  // of the generated features' covariance, at most features - 1; Fréchet distances alone
};

/// Fréchet distance of Gaussians fitted to all features, in squared units of these. Its interval resamples cases, real
/// and generated clip together, and is moved to have the value as its mean: a resample repeats clips, which raises
/// every distance. Throws InputError below 2 features of either kind.
[[nodiscard]] FLASHMOTION_EXPORT FeatureDistance frechet_of(std::span<const CaseFeatures> cases, Rng& rng);

/// Kernel distance (squared MMD with a cubic kernel, unbiased) of all features; above 1,000 features the mean over 100
/// random subsets of 1,000. Interval and errors as of `frechet_of`.
[[nodiscard]] FLASHMOTION_EXPORT FeatureDistance kernel_of(std::span<const CaseFeatures> cases, Rng& rng);

/// The values alone.
[[nodiscard]] FLASHMOTION_EXPORT double frechet_value(std::span<const CaseFeatures> cases);
[[nodiscard]] FLASHMOTION_EXPORT double kernel_value(std::span<const CaseFeatures> cases, Rng& rng);

/// Fréchet distance of `a` less that of `b` (positive: `b` is nearer), with its interval over cases; the same draws for
/// both. Entry i of both is the same case. None below 2 cases or where it would take too long.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Interval> frechet_difference(std::span<const CaseFeatures> a,
                                                                            std::span<const CaseFeatures> b, Rng& rng);

/// The same for the kernel distance.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Interval> kernel_difference(std::span<const CaseFeatures> a,
                                                                           std::span<const CaseFeatures> b, Rng& rng);

}  // namespace flashmotion
