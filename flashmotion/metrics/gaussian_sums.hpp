#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/frechet.hpp"

#include <cstdint>
#include <vector>

namespace flashmotion {

/// Mean and covariance of features that come in parts, in memory that does not grow with their number: sums of features
/// and of their products in float64, about the mean of the first few, so that large means cost no digits. Fewer
/// features than dimensions are allowed, unlike in `fit_gaussian`: the covariance is then singular and a Fréchet
/// distance mostly an effect of their number, which is why `rank` should be told beside it.
/// Each thread that multiplies holds a copy of up to 1,024 features meanwhile.
class FLASHMOTION_EXPORT GaussianSums {
 public:
  /// Adds features [N, D] of any type, N of 0 too. Throws InputError for features that are not finite, and ShapeError
  /// for other axes or another D than before.
  void add(const Tensor& features);

  /// Number of features added.
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// D; 0 before the first features.
  [[nodiscard]] std::int64_t dimensions() const;
  /// Mean and unbiased covariance. Throws InputError below 2 features.
  [[nodiscard]] Gaussian gaussian() const;
  /// Number of directions in which the features spread: eigenvalues of the covariance that are more than rounding. At
  /// most `dimensions()` and `count() - 1`. Throws InputError below 2 features.
  [[nodiscard]] std::int64_t rank() const;

 private:
  void sum_waiting();

  Tensor origin_;                 // [D], the mean of the first few features
  Tensor sum_;                    // [D], of features less the origin
  std::vector<Tensor> products_;  // likewise, once there are any: strips of columns from the diagonal on
  Tensor waiting_;                // [N, D], features that are not in the sums yet
  std::int64_t waiting_rows_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace flashmotion
