#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace flashmotion {

/// A handle: copies share the data. No function changes a tensor that it was given unless its name ends in `_`.
using Tensor = at::Tensor;

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Stable order, unique names.
using NamedTensors = std::vector<NamedTensor>;

}  // namespace flashmotion
