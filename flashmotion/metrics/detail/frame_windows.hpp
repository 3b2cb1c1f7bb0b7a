#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace flashmotion::metrics_detail {

/// Frames that are worked on at once: what is made of them on the way is many times their size, and a clip is long.
inline constexpr std::int64_t kWindow = 8;

/// What `work` makes of the frames [from, to) of `count`, one window after the other, joined along `axis`.
template <class Work>
Tensor joined_windows(std::int64_t count, std::int64_t axis, Work work) {
  std::vector<Tensor> parts;
  for (std::int64_t from = 0; from < count; from += kWindow)
    parts.push_back(work(from, std::min(count, from + kWindow)));
  return parts.size() == 1 ? parts.front() : at::cat(parts, axis);
}

/// The sum of what `work` makes of them.
template <class Work>
Tensor summed_windows(std::int64_t count, Work work) {
  Tensor sum;
  for (std::int64_t from = 0; from < count; from += kWindow) {
    const Tensor part = work(from, std::min(count, from + kWindow));
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

}  // namespace flashmotion::metrics_detail
