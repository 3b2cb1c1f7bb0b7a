#pragma once

#include "flashmotion/core/tensor.hpp"
#include "flashmotion/kernels/kernel_table.hpp"

#include <torch/torch.h>

#include <cstdint>

// Tensors as the kernels take them.

namespace kernel_arguments {

using flashmotion::Tensor;
namespace cuda = flashmotion::cuda;

inline cuda::Number number(at::ScalarType type) {
  return type == at::kFloat ? cuda::Number::float32 : cuda::Number::bfloat16;
}
inline cuda::Rows rows(const Tensor& x) { return {x.const_data_ptr(), number(x.scalar_type())}; }
inline const std::uint8_t* bytes(const Tensor& flags) {
  return static_cast<const std::uint8_t*>(flags.const_data_ptr());
}

}  // namespace kernel_arguments
