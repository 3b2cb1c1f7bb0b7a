#pragma once

#include "flashmotion/core/device.hpp"
#include "flashmotion/core/tensor.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gap.hpp"

#include <torch/torch.h>

// What tests on a GPU have in common. They are tagged [cuda], and where there is no GPU they say so and pass.

namespace gpu_support {

using flashmotion::NamedTensors;
using flashmotion::Tensor;

inline bool have_gpu() {
  if (flashmotion::cuda_problem().empty()) return true;
  WARN("not tested: " << flashmotion::cuda_problem());
  return false;
}

/// Moves the numbers of parameters; who holds them sees it.
inline void move_(const NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  for (const auto& item : tensors) item.tensor.set_data(item.tensor.to(at::kCUDA));
}

}  // namespace gpu_support
