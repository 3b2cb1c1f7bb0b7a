#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// What a file says of a tensor before its numbers come.
struct TensorOutline {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;

  [[nodiscard]] std::uint64_t bytes() const {
    return static_cast<std::uint64_t>(c10::multiply_integers(shape)) * c10::elementSize(dtype);
  }
};

}  // namespace flashmotion
