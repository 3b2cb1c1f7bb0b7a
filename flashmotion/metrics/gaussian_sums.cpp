#include "flashmotion/metrics/gaussian_sums.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/all_finite.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace flashmotion {
namespace gaussian_sums {

constexpr std::int64_t kRows = 192;  // of the products at once
constexpr std::int64_t kWaiting =
    1024;  // features: each product goes through all of the sums, so many are taken at once

// Adds moved^T moved to the lower triangle of `products`: a matrix product for each strip of rows, up to the diagonal.
void add_products_(const Tensor& products, const Tensor& moved) {
  for (std::int64_t from = 0; from < moved.size(1); from += kRows) {
    const std::int64_t to = std::min(from + kRows, moved.size(1));
    products.slice(0, from, to).slice(1, 0, to).addmm_(moved.slice(1, from, to).t(), moved.slice(1, 0, to));
  }
}

// Puts above the diagonal what is below it.
void mirror_(const Tensor& whole) {
  for (std::int64_t from = 0; from < whole.size(0); from += kRows) {
    const std::int64_t to = std::min(from + kRows, whole.size(0));
    const Tensor strip = whole.slice(0, from, to);
    const Tensor middle = strip.slice(1, from, to);
    middle.copy_(middle.tril() + middle.tril(-1).t());
    whole.slice(0, 0, from).slice(1, from, to).copy_(strip.slice(1, 0, from).t());
  }
}

}  // namespace gaussian_sums

void GaussianSums::add(const Tensor& features) {
  if (features.dim() != 2 || (origin_.defined() && features.size(1) != origin_.size(0))) {
    throw ShapeError(fmt::format("features with {} axes and {} dimensions do not fit {} before; give [N, D] of one D",
                                 features.dim(), features.dim() > 0 ? features.size(-1) : 0, dimensions()));
  }
  if (features.size(0) == 0) return;
  if (!all_finite(features)) {
    throw InputError("features hold numbers that are not finite; look at the clips that they were made from");
  }
  const auto rows = features.detach();
  if (!origin_.defined()) {
    origin_ = rows.to(at::kDouble).mean(0);
    sum_ = at::zeros_like(origin_);
    products_ = at::zeros({rows.size(1), rows.size(1)}, origin_.options());
    waiting_ = at::empty({gaussian_sums::kWaiting, rows.size(1)}, origin_.options());
  }
  for (std::int64_t from = 0; from < rows.size(0);) {
    const std::int64_t count = std::min(rows.size(0) - from, gaussian_sums::kWaiting - waiting_rows_);
    const Tensor moved = waiting_.narrow(0, waiting_rows_, count);
    moved.copy_(rows.narrow(0, from, count)).sub_(origin_);
    sum_.add_(moved.sum(0));
    from += count;
    waiting_rows_ += count;
    if (waiting_rows_ < gaussian_sums::kWaiting) continue;
    gaussian_sums::add_products_(products_, waiting_);
    waiting_rows_ = 0;
  }
  count_ += rows.size(0);
}

std::int64_t GaussianSums::dimensions() const { return origin_.defined() ? origin_.size(0) : 0; }

Gaussian GaussianSums::gaussian() const {
  if (count_ < 2) {
    throw InputError(fmt::format("covariance of {} features; give 2 or more", count_));
  }
  const auto number = static_cast<double>(count_);
  const auto offset = sum_ / number;
  Tensor covariance = products_.clone();
  gaussian_sums::add_products_(covariance, waiting_.narrow(0, 0, waiting_rows_));
  covariance.addr_(sum_, offset, 1 / (number - 1), -1 / (number - 1));
  gaussian_sums::mirror_(covariance);
  return {origin_ + offset, covariance};
}

std::int64_t GaussianSums::rank() const {
  const auto values = at::linalg_eigvalsh(gaussian().covariance);
  const auto size = static_cast<double>(std::max(count_, dimensions()));
  const auto rounding = values.abs().max() * (size * std::numeric_limits<double>::epsilon());
  return std::min((values > rounding).sum().item<std::int64_t>(), count_ - 1);
}

}  // namespace flashmotion
