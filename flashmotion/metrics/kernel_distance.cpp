#include "flashmotion/metrics/kernel_distance.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace kernel_distance_detail {

Tensor kernel(const Tensor& a, const Tensor& b) {
  return (at::matmul(a, b.t()) / static_cast<double>(a.size(1)) + 1).pow(3);
}

// Mean of the kernel over the pairs of two different features.
Tensor mean_of_pairs(const Tensor& a) {
  const auto values = kernel(a, a);
  const auto number = static_cast<double>(a.size(0));
  return (values.sum() - values.trace()) / (number * (number - 1));
}

void expect_features(const Tensor& a, const Tensor& b) {
  if (a.dim() != 2 || b.dim() != 2 || a.size(1) != b.size(1) || a.size(1) == 0) {
    throw ShapeError("features for the kernel distance differ in dimensions; give [N, D] and [M, D]");
  }
  if (a.size(0) < 2 || b.size(0) < 2) {
    throw InputError(
        fmt::format("kernel distance of {} and {} features; give 2 or more of each", a.size(0), b.size(0)));
  }
}

double distance(const Tensor& a, const Tensor& b) {
  return (mean_of_pairs(a) + mean_of_pairs(b) - 2 * kernel(a, b).mean()).item<double>();
}

}  // namespace kernel_distance_detail

double kernel_distance(const Tensor& a, const Tensor& b) {
  kernel_distance_detail::expect_features(a, b);
  return kernel_distance_detail::distance(a.detach().to(at::kDouble), b.detach().to(at::kDouble));
}

SubsetKernelDistance subset_kernel_distance(const Tensor& a, const Tensor& b, Rng& rng,
                                            const KernelDistanceConfig& config) {
  kernel_distance_detail::expect_features(a, b);
  const auto least = std::min(a.size(0), b.size(0));
  if (config.subset_size < 2 || config.subset_size > least || config.subsets < 1) {
    throw InputError(
        fmt::format("kernel distance over {} subsets of {} features; take 1 subset or more of 2 to {} features",
                    config.subsets, config.subset_size, least));
  }
  const auto from_a = a.detach().to(at::kDouble), from_b = b.detach().to(at::kDouble);
  const auto draw = [&](const Tensor& features) {
    return features.index_select(
        0, rng.permutation(features.size(0)).slice(0, 0, config.subset_size).to(features.device()));
  };
  auto distances = at::empty({config.subsets}, from_a.options());
  for (std::int64_t i = 0; i < config.subsets; ++i) {
    const auto part_a = draw(from_a), part_b = draw(from_b);
    distances[i] = kernel_distance_detail::distance(part_a, part_b);
  }
  return {distances.mean().item<double>(), distances.std(/*unbiased=*/false).item<double>()};
}

}  // namespace flashmotion
