#include "flashmotion/metrics/gaussian_sums.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/all_finite.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace flashmotion {
namespace gaussian_sums {

constexpr std::int64_t kColumns = 192;  // of the products at once
constexpr std::int64_t kWaiting =
    1024;  // features: each product goes through all of the sums, so many are taken at once

// [rows, columns] that are not set yet. Large ones come from the system each time, which takes as long to hand over
// their small pages as a third of the products; of huge pages there are few.
Tensor unset(std::int64_t rows, std::int64_t columns, const at::TensorOptions& options) {
  constexpr std::uintptr_t kHuge = 2 << 20;
  Tensor made = at::empty({rows, columns}, options);
  if (!made.is_cpu()) return made;
  const auto begin = reinterpret_cast<std::uintptr_t>(made.data_ptr());
  const std::uintptr_t first = (begin + kHuge - 1) / kHuge * kHuge, last = (begin + made.nbytes()) / kHuge * kHuge;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // a wish: failing is fine
  return made;
}

// moved^T moved in columns [from, to), from the diagonal on, into `sums`: beta * before + alpha * product. Nothing is
// read from `before`, which may be `sums` itself, when beta is 0.
void multiply_(Tensor sums, const Tensor& before, const Tensor& moved, std::int64_t from, double beta, double alpha) {
  const Tensor strip = moved.slice(1, from, from + kColumns);
  at::addmm_out(sums, before, moved.slice(1, from).t(), strip, beta, alpha);
}

// Puts above the diagonal what is below it.
void mirror_(const Tensor& whole) {
  const std::int64_t size = whole.size(0);
  for (std::int64_t from = 0; from < size; from += kColumns) {
    const std::int64_t to = std::min(from + kColumns, size);
    const Tensor middle = whole.slice(0, from, to).slice(1, from, to);
    middle.copy_(middle.tril() + middle.tril(-1).t());
    whole.slice(0, from, to).slice(1, to).copy_(whole.slice(0, to).slice(1, from, to).t());
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
    const bool first = products_.empty();
    for (std::int64_t at = 0; at < dimensions(); at += gaussian_sums::kColumns) {
      const std::int64_t columns = std::min(gaussian_sums::kColumns, dimensions() - at);
      if (first) products_.push_back(at::empty({dimensions() - at, columns}, origin_.options()));
      const Tensor& strip = products_[static_cast<std::size_t>(at / gaussian_sums::kColumns)];
      gaussian_sums::multiply_(strip, strip, waiting_, at, first ? 0 : 1, 1);
    }
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
  const double share = 1 / (number - 1);
  const auto offset = sum_ / number;
  const Tensor covariance = gaussian_sums::unset(dimensions(), dimensions(), origin_.options());
  const Tensor waiting = waiting_.narrow(0, 0, waiting_rows_);
  for (std::int64_t at = 0; at < dimensions(); at += gaussian_sums::kColumns) {
    const Tensor strip = covariance.slice(0, at).slice(1, at, at + gaussian_sums::kColumns);
    const bool first = products_.empty();
    const Tensor& before = first ? strip : products_[static_cast<std::size_t>(at / gaussian_sums::kColumns)];
    gaussian_sums::multiply_(strip, before, waiting, at, first ? 0 : share, share);
  }
  covariance.addr_(sum_, offset, 1, -share);
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
