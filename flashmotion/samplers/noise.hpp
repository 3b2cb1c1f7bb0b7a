#pragma once

#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/tensor.hpp"

#include <ATen/TensorOperators.h>

namespace flashmotion {

/// Standard normal numbers in the shape of `like`, float32, on its device. They are drawn on the CPU and moved, so that
/// they are the same wherever a network computes.
[[nodiscard]] inline Tensor noise_like(const Tensor& like, Rng& rng) {
  return rng.normal(like.sizes()).to(like.device());
}

}  // namespace flashmotion
