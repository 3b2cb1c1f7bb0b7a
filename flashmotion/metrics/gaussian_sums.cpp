#include "flashmotion/metrics/gaussian_sums.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/wide_vectors.hpp"
#include "flashmotion/core/all_finite.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

namespace flashmotion {
namespace gaussian_sums {

// Features whose products are taken at once, as each product goes through all of the sums.
constexpr std::int64_t kWaiting = 1024;

// [rows, columns] that are not set yet. The system hands over what is larger than glibc keeps (32 MiB), as the
// covariance of Inception's 2,048 features is, page by page each time: in small pages that takes several times as long.
Tensor unset(std::int64_t rows, std::int64_t columns, const at::TensorOptions& options) {
  constexpr std::size_t kHuge = 2 << 20;
  Tensor made = at::empty({rows, columns}, options);
  void* first = made.data_ptr();
  std::size_t bytes = made.nbytes();
  if (std::align(kHuge, kHuge, first, bytes) != nullptr) {
    ::madvise(first, bytes / kHuge * kHuge, MADV_HUGEPAGE);  // a wish: where it fails, pages are small
  }
  return made;
}

// Columns of the products in each strip. Wide ones are multiplied faster; narrow ones give each thread an even
// share where there are few.
std::int64_t columns_of(std::int64_t dimensions) { return dimensions < 1024 ? 96 : 192; }

// The lower triangle of beta * before + alpha * moved^T moved, a product for each strip of columns from the diagonal
// on. `sums` and `before` give the place of a strip; nothing is read from `before`, which may be `sums`, when beta is
// 0. Each strip is one thread's, so that threads wait for each other once.
template <class Sums, class Before>
void multiply_(const Sums& sums, const Before& before, const Tensor& moved, double beta, double alpha) {
  const std::int64_t width = columns_of(moved.size(1)), strips = (moved.size(1) + width - 1) / width;
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, std::min<std::int64_t>(strips, at::get_num_threads()), 1, [&](std::int64_t, std::int64_t) {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;  // a thread of its own knows no NoGradGuard
    for (std::int64_t strip = next++; strip < strips; strip = next++) {
      const std::int64_t from = strip * width;
      Tensor sum = sums(strip);
      const Tensor columns = moved.slice(1, from, from + width);
      at::addmm_out(sum, before(strip), moved.slice(1, from).t(), columns, beta, alpha);
    }
  });
}

// What an operator of LibTorch would do in several passes over the memory, and wake its threads for each of them.
constexpr std::int64_t kGrain = 65536;  // numbers a thread

// Pieces of a fixed length, so that the compiler makes it loops over vectors.
FLASHMOTION_WIDE_VECTORS void move_row(const float* from, const double* origin, double* to, double* sum,
                                       std::int64_t count) {
  constexpr std::int64_t kLanes = 16;
  std::int64_t at = 0;
  for (; at + kLanes <= count; at += kLanes) {
    std::array<double, kLanes> moved{};
    for (std::int64_t i = 0; i < kLanes; ++i) moved[i] = static_cast<double>(from[at + i]) - origin[at + i];
    for (std::int64_t i = 0; i < kLanes; ++i) to[at + i] = moved[i];
    for (std::int64_t i = 0; i < kLanes; ++i) sum[at + i] += moved[i];
  }
  for (; at < count; ++at) {
    to[at] = static_cast<double>(from[at]) - origin[at];
    sum[at] += to[at];
  }
}

// Puts rows [N, D] less their origin in `to` and adds them to `sum`.
void move_(const Tensor& rows, const Tensor& origin, const Tensor& to, const Tensor& sum) {
  if (rows.scalar_type() != at::kFloat || !rows.is_contiguous()) {
    to.copy_(rows).sub_(origin);
    sum.add_(to.sum(0));
    return;
  }
  const std::int64_t count = rows.size(0), size = rows.size(1);
  const auto* read = rows.const_data_ptr<float>();
  const auto* less = origin.const_data_ptr<double>();
  auto *written = to.data_ptr<double>(), *added = sum.data_ptr<double>();
  at::parallel_for(0, size, std::max<std::int64_t>(kGrain / count, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = 0; row < count; ++row) {
      const std::int64_t at = row * size + begin;
      move_row(read + at, less + begin, written + at, added + begin, end - begin);
    }
  });
}

// Takes rows_i columns_j from each number on and below the diagonal, and puts what is there above it too.
void finish_(const Tensor& whole, const Tensor& rows, const Tensor& columns) {
  constexpr std::int64_t kBlock = 4;  // rows and columns: what lies above the diagonal is written in whole pieces
  const std::int64_t size = whole.size(0), blocks = (size + kBlock - 1) / kBlock;
  auto* number = whole.data_ptr<double>();
  const auto *left = rows.const_data_ptr<double>(), *right = columns.const_data_ptr<double>();
  at::parallel_for(0, blocks * blocks, kGrain / (kBlock * kBlock), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t top = block / blocks * kBlock, start = block % blocks * kBlock;
      for (std::int64_t i = top; i < std::min(top + kBlock, size); ++i) {
        for (std::int64_t j = start; j < std::min(start + kBlock, i + 1); ++j) {
          number[j * size + i] = number[i * size + j] -= left[i] * right[j];
        }
      }
    }
  });
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
  const auto rows = features.detach().cpu();
  if (!origin_.defined()) {
    origin_ = rows.to(at::kDouble).mean(0);
    sum_ = at::zeros_like(origin_);
    waiting_ = at::empty({gaussian_sums::kWaiting, rows.size(1)}, origin_.options());
  }
  for (std::int64_t from = 0; from < rows.size(0);) {
    const std::int64_t count = std::min(rows.size(0) - from, gaussian_sums::kWaiting - waiting_rows_);
    const Tensor moved = waiting_.narrow(0, waiting_rows_, count);
    gaussian_sums::move_(rows.narrow(0, from, count), origin_, moved, sum_);
    from += count;
    waiting_rows_ += count;
    if (waiting_rows_ < gaussian_sums::kWaiting) continue;
    const bool first = products_.empty();
    const std::int64_t width = gaussian_sums::columns_of(dimensions());
    for (std::int64_t at = 0; first && at < dimensions(); at += width) {
      const std::int64_t columns = std::min(width, dimensions() - at);
      products_.push_back(at::empty({dimensions() - at, columns}, origin_.options()));
    }
    const auto strip = [&](std::int64_t index) { return products_[static_cast<std::size_t>(index)]; };
    gaussian_sums::multiply_(strip, strip, waiting_, first ? 0 : 1, 1);
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
  const std::int64_t width = gaussian_sums::columns_of(dimensions());
  const auto strip = [&](std::int64_t index) {
    return covariance.slice(0, index * width).slice(1, index * width, (index + 1) * width);
  };
  const auto before = [&](std::int64_t index) {
    return products_.empty() ? strip(index) : products_[static_cast<std::size_t>(index)];
  };
  gaussian_sums::multiply_(strip, before, waiting_.narrow(0, 0, waiting_rows_), products_.empty() ? 0 : share, share);
  gaussian_sums::finish_(covariance, sum_, offset * share);
  return {origin_ + offset, covariance};
}

std::int64_t GaussianSums::rank() const {
  const auto values = at::linalg_eigvalsh(gaussian().covariance);
  const auto size = static_cast<double>(std::max(count_, dimensions()));
  const auto rounding = values.abs().max() * (size * std::numeric_limits<double>::epsilon());
  return std::min((values > rounding).sum().item<std::int64_t>(), count_ - 1);
}

}  // namespace flashmotion
