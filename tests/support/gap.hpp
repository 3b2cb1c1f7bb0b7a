#pragma once

#include "flashmotion/core/tensor.hpp"

#include <torch/torch.h>

/// Size of the difference over the size of what is wanted.
inline double gap(const flashmotion::Tensor& have, const flashmotion::Tensor& want) {
  const auto a = have.detach().to(at::kCPU, at::kDouble), b = want.detach().to(at::kCPU, at::kDouble);
  return ((a - b).norm() / b.norm()).item<double>();
}
