#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// Mean and covariance of a set of features.
struct Gaussian {
  Tensor mean;        // [D] float64
  Tensor covariance;  // [D, D] float64
};

/// Mean and unbiased covariance, without shrinkage. Throws InputError when there are no more features than
/// dimensions: the covariance would be singular and the distance mostly an effect of their number.
[[nodiscard]] FLASHMOTION_EXPORT Gaussian fit_gaussian(const Tensor& features);  // [N, D], N > D

/// |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1^1/2 C2 C1^1/2)^1/2), in float64, through symmetric square roots
/// (Dowson and Landau, 1982). In squared units of the features.
[[nodiscard]] FLASHMOTION_EXPORT double frechet_distance(const Gaussian& a, const Gaussian& b);

/// Fixed features of clips: two random convolutions (3x3, stride 2, ReLU; 24 and 32 channels) on each frame after the
/// first and on each difference of neighbouring frames; mean and spread over space, then mean and spread over time.
/// Random convolutions know texture, colour and motion, nothing of meaning: distances compare variants of one
/// experiment and nothing else. Weights come from Rng(seed, "frechet:…"). Frames are looked at a few at a time; 224
/// numbers of each are kept.
class FLASHMOTION_EXPORT RandomConvFeatures {
 public:
  explicit RandomConvFeatures(std::uint64_t seed = 7);
  /// [B, 448] float32 from [B, 3, F, H, W] in [-1, 1], F above 1. Throws ShapeError.
  [[nodiscard]] Tensor operator()(const ClipFrames& video) const;

 private:
  [[nodiscard]] Tensor pictures(const Tensor& frames) const;  // [N, 3, H, W] -> [N, 112]
  [[nodiscard]] Tensor stills(const Tensor& frames) const;    // [B, 3, n, H, W] -> [B, n, 112]

  Tensor weight1_, bias1_, weight2_, bias2_;
};

/// Dimensions that so many clips can carry: at most `wanted`, at most a third of the clips, at least 1.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t frechet_dimensions(std::int64_t clips, std::int64_t wanted = 48);

/// Real clips as the reference of Fréchet distances: their features' leading principal components, scaled by one number
/// so that the components' spread is 1 on average.
/// The distance depends on the number of clips compared: compare only figures of equal number and equal `dimensions`,
/// beside the floor that other real clips of the same number reach.
class FLASHMOTION_EXPORT FrechetReference {
 public:
  /// From real features [N, D] of any extractor. Keeps `frechet_dimensions(N, dimensions)`. Throws InputError below 3
  /// features.
  explicit FrechetReference(const Tensor& real, std::int64_t dimensions = 48);

  /// Distance of features [N, D] to the real ones. Throws InputError unless N is above `dimensions()`: give more
  /// clips, or make the reference with `frechet_dimensions(N)`.
  [[nodiscard]] double distance(const Tensor& features) const;
  /// The scaled components [N, dimensions()] float64.
  [[nodiscard]] Tensor project(const Tensor& features) const;
  /// Distance of components that `project` gave.
  [[nodiscard]] double distance_of_projected(const Tensor& components) const;
  [[nodiscard]] std::int64_t dimensions() const { return components_.size(1); }

 private:
  Tensor mean_;        // [D]
  Tensor components_;  // [D, dimensions]
  Tensor scale_;       // []
  Gaussian real_;
  Tensor root_;  // symmetric square root of the real covariance
};

}  // namespace flashmotion
