#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// Kernel distance: the unbiased squared maximum mean discrepancy with the kernel (x.y / D + 1)^3, in float64. It does
/// not depend on the number of features, unlike the Fréchet distance, and may be slightly below 0 for equal
/// distributions. Features are [N, D] and [M, D]. After Binkowski et al., "Demystifying MMD GANs" (2018), with the sums
/// of Gretton et al. (2012), equation 3. Memory grows as (N + M)^2. Throws ShapeError for other shapes, InputError
/// below 2 features of either.
[[nodiscard]] FLASHMOTION_EXPORT double kernel_distance(const Tensor& a, const Tensor& b);

/// Settings of `subset_kernel_distance`.
struct KernelDistanceConfig {
  std::int64_t subset_size = 1000;  // features of either set in a subset
  std::int64_t subsets = 100;       // how many are drawn
};

/// Kernel distance over random subsets.
struct SubsetKernelDistance {
  double mean = 0;
  double spread = 0;  // standard deviation over the subsets, with their number as the divisor
};

/// Mean and spread of `kernel_distance` over random subsets, drawn without replacement from either set. Equal
/// generators give equal figures. Throws as `kernel_distance`, and InputError for a subset below 2 or larger than
/// either set.
[[nodiscard]] FLASHMOTION_EXPORT SubsetKernelDistance subset_kernel_distance(const Tensor& a,  // [N, D]
                                                                             const Tensor& b,  // [M, D]
                                                                             Rng& rng,
                                                                             const KernelDistanceConfig& config = {});

}  // namespace flashmotion
