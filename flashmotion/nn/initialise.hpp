#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <torch/torch.h>

#include <cstdint>

namespace flashmotion::nn {

/// Fills every parameter from a seed; each draws from a stream of its own name, so the order does not matter.
/// Matrices Xavier-uniform, biases zero, norms one (as the Wan code does when it trains from nothing).
FLASHMOTION_EXPORT void xavier_initialise(torch::nn::Module& module, std::uint64_t seed);

/// As `xavier_initialise`, with matrices and kernels uniform within `1 / sqrt(fan_in)`, the usual start of small
/// convolutional networks and of projections.
FLASHMOTION_EXPORT void fan_in_initialise(torch::nn::Module& module, std::uint64_t seed);

/// Sets every parameter of a module to zero: the last projection of an adapter, which then changes nothing.
FLASHMOTION_EXPORT void zero_initialise(torch::nn::Module& module);

/// Handles to all parameters of a module, in the order of registration.
[[nodiscard]] FLASHMOTION_EXPORT NamedTensors named_tensors(const torch::nn::Module& module);

}  // namespace flashmotion::nn
