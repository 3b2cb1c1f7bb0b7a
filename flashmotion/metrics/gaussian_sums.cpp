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
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion {
namespace gaussian_sums {

// Features whose products are taken at once, as each product goes through all of the sums.
constexpr std::int64_t kWaiting = 1024;
// Features whose mean all are taken about.
constexpr std::int64_t kFirst = 16;

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

// Copies rows. LibTorch's copy wakes threads, which takes longer than to copy the features of some clips.
void keep(const Tensor& rows, const Tensor& to) {
  if (rows.scalar_type() == to.scalar_type() && rows.is_contiguous()) {
    std::memcpy(to.data_ptr(), rows.const_data_ptr(), rows.nbytes());
  } else {
    to.copy_(rows);
  }
}

// Pieces of a fixed length of rows that share no memory, so that the compiler makes it a loop over vectors.
FLASHMOTION_WIDE_VECTORS void move_row(const float* __restrict from, const double* __restrict origin,
                                       double* __restrict to, double* __restrict sum, std::int64_t count) {
  constexpr std::int64_t kLanes = 16;
  const auto move = [&](std::int64_t i) __attribute__((always_inline)) {
    to[i] = static_cast<double>(from[i]) - origin[i];
    sum[i] += to[i];
  };
  std::int64_t at = 0;
  for (; at + kLanes <= count; at += kLanes) {
    for (std::int64_t i = 0; i < kLanes; ++i) move(at + i);
  }
  for (; at < count; ++at) move(at);
}

// Features that wait [N, D], contiguous, of float32 or float64, what they are taken about [D], and the sum of all
// before.
struct Waiting {
  Tensor rows, origin, sum;
};

// Those features less their origin [N, D], and the sum of all so far.
struct Moved {
  explicit Moved(const Waiting& waiting)
      : features(at::empty(waiting.rows.sizes(), waiting.origin.options())), sum(waiting.sum.clone()) {
    if (waiting.rows.scalar_type() != at::kFloat) {
      sum.add_(features.copy_(waiting.rows).sub_(waiting.origin).sum(0));
      return;
    }
    const std::int64_t size = features.size(1);
    const auto* from = waiting.rows.const_data_ptr<float>();
    const auto* origin = waiting.origin.const_data_ptr<double>();
    auto *to = features.data_ptr<double>(), *added = sum.data_ptr<double>();
    for (std::int64_t at = 0; at < features.numel(); at += size) move_row(from + at, origin, to + at, added, size);
  }

  Tensor features, sum;
};

// Adds the products of the features to those `before`, strips of columns from the diagonal on, or to none where it is
// empty. `strip` gives the place for columns [first, last), and `done` is told when the sums are there. A strip is one
// thread's, and each thread moves the features for itself: what one has written and another reads takes as long to come
// across as to be multiplied, where features are few.
template <class Strip, class Done>
void multiply(const Waiting& waiting, const std::vector<Tensor>& before, const Strip& strip, const Done& done) {
  const std::int64_t size = waiting.rows.size(1), width = columns_of(size), strips = (size + width - 1) / width;
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, std::min<std::int64_t>(strips, at::get_num_threads()), 1, [&](std::int64_t, std::int64_t) {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;  // a thread of its own knows no NoGradGuard
    std::optional<Moved> moved;
    for (std::int64_t index = next++; index < strips; index = next++) {
      if (!moved) moved.emplace(waiting);
      const std::int64_t first = index * width, last = std::min(first + width, size);
      const Tensor left = moved->features.slice(1, first).t(), right = moved->features.slice(1, first, last);
      Tensor sums = strip(first, last);
      if (before.empty()) {
        at::mm_out(sums, left, right);
      } else {
        at::addmm_out(sums, before[static_cast<std::size_t>(index)], left, right);
      }
      done(first, last, moved->sum);
    }
  });
}

// Makes sums of products covariances in columns [first, last) on and below the diagonal: the product of the two sums is
// taken from each, and the rest divided. What is there is put above the diagonal too.
void finish_(const Tensor& whole, const Tensor& sum, std::int64_t number, std::int64_t first, std::int64_t last) {
  constexpr std::int64_t kBlock = 4;  // rows and columns: what lies above the diagonal is written in whole pieces
  const std::int64_t size = whole.size(0);
  const double share = 1 / static_cast<double>(number - 1), mean = 1 / static_cast<double>(number);
  const auto* sums = sum.const_data_ptr<double>();
  auto* covariance = whole.data_ptr<double>();
  for (std::int64_t top = first; top < size; top += kBlock) {
    for (std::int64_t start = first; start < std::min(last, top + kBlock); start += kBlock) {
      for (std::int64_t i = top; i < std::min(top + kBlock, size); ++i) {
        for (std::int64_t j = start; j < std::min({start + kBlock, last, i + 1}); ++j) {
          auto& below = covariance[i * size + j];
          covariance[j * size + i] = below = (below - sums[i] * mean * sums[j]) * share;
        }
      }
    }
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
  const auto rows = features.detach().cpu();
  const bool wide = rows.scalar_type() == at::kDouble || at::isIntegralType(rows.scalar_type(), true);
  if (!origin_.defined()) {
    origin_ = rows.slice(0, 0, gaussian_sums::kFirst).to(at::kDouble).mean(0);
    sum_ = at::zeros_like(origin_);
    waiting_ = at::empty({gaussian_sums::kWaiting, rows.size(1)}, wide ? at::kDouble : at::kFloat);
  }
  if (wide) waiting_ = waiting_.to(at::kDouble);
  for (std::int64_t from = 0; from < rows.size(0);) {
    const std::int64_t count = std::min(rows.size(0) - from, gaussian_sums::kWaiting - waiting_rows_);
    gaussian_sums::keep(rows.narrow(0, from, count), waiting_.narrow(0, waiting_rows_, count));
    from += count;
    waiting_rows_ += count;
    if (waiting_rows_ == gaussian_sums::kWaiting) sum_waiting();
  }
  count_ += rows.size(0);
}

void GaussianSums::sum_waiting() {
  const std::int64_t width = gaussian_sums::columns_of(dimensions());
  auto sums = products_;
  for (std::int64_t at = 0; products_.empty() && at < dimensions(); at += width) {
    sums.push_back(at::empty({dimensions() - at, std::min(width, dimensions() - at)}, origin_.options()));
  }
  const auto strip = [&](std::int64_t first, std::int64_t) { return sums[static_cast<std::size_t>(first / width)]; };
  Tensor sum = sum_;
  gaussian_sums::multiply({waiting_, origin_, sum_}, products_, strip,
                          [&](std::int64_t first, std::int64_t, const Tensor& all) {
                            if (first == 0) sum = all;
                          });
  sum_ = sum;
  products_ = std::move(sums);
  waiting_rows_ = 0;
}

std::int64_t GaussianSums::dimensions() const { return origin_.defined() ? origin_.size(0) : 0; }

Gaussian GaussianSums::gaussian() const {
  if (count_ < 2) {
    throw InputError(fmt::format("covariance of {} features; give 2 or more", count_));
  }
  const Tensor covariance = gaussian_sums::unset(dimensions(), dimensions(), origin_.options());
  const auto strip = [&](std::int64_t first, std::int64_t last) {
    return covariance.slice(0, first).slice(1, first, last);
  };
  Tensor sum = sum_;
  gaussian_sums::multiply({waiting_.narrow(0, 0, waiting_rows_), origin_, sum_}, products_, strip,
                          [&](std::int64_t first, std::int64_t last, const Tensor& all) {
                            if (first == 0) sum = all;
                            gaussian_sums::finish_(covariance, all, count_, first, last);
                          });
  return {origin_ + sum / static_cast<double>(count_), covariance};
}

std::int64_t GaussianSums::rank() const {
  const auto values = at::linalg_eigvalsh(gaussian().covariance);
  const auto size = static_cast<double>(std::max(count_, dimensions()));
  const auto rounding = values.abs().max() * (size * std::numeric_limits<double>::epsilon());
  return std::min((values > rounding).sum().item<std::int64_t>(), count_ - 1);
}

}  // namespace flashmotion
