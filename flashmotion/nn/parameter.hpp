#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// Where the numbers of a new network's parameters lie.
enum class Storage {
  owned,     // memory of their own, filled with zeros and ones; an initialiser or a checkpoint fills them
  deferred,  // one number seen through the whole shape: it takes no memory and cannot be written to. A checkpoint puts
             // its tensors in place with `set_data`; names, shapes and counts are right before that too
};

/// A parameter full of `value`: 0, or 1 for the scales of norms.
[[nodiscard]] inline torch::Tensor new_parameter(at::IntArrayRef shape, Storage storage, double value = 0.0) {
  if (storage == Storage::owned) return torch::full(shape, value, torch::kFloat);
  return torch::full({1}, value, torch::kFloat).expand(shape);
}

}  // namespace flashmotion::nn
