#pragma once

#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/max_pool2d.h>

#include <cstdint>

namespace flashmotion::metrics_detail {

/// Pixels with a set one within `reach` of them in both axes, bool, of masks [..., H, W]. One axis after the other, so
/// that the cost grows with the reach and not with its square.
inline Tensor spread(const Tensor& masks, std::int64_t reach) {
  const auto side = 2 * reach + 1;
  const auto tall = at::max_pool2d(masks.to(at::kFloat), {side, 1}, {1, 1}, {reach, 0});
  return at::max_pool2d(tall, {1, side}, {1, 1}, {0, reach}) > 0;
}

}  // namespace flashmotion::metrics_detail
