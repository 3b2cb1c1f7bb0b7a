#pragma once

#include "flashmotion/nn/storage.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// A parameter full of `value`: 0, or 1 for the scales of norms.
[[nodiscard]] inline torch::Tensor new_parameter(at::IntArrayRef shape, Storage storage, double value = 0.0) {
  if (storage == Storage::owned) return torch::full(shape, value, torch::kFloat);
  return torch::full({1}, value, torch::kFloat).expand(shape);
}

}  // namespace flashmotion::nn
