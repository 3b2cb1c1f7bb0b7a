#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion::nn {

/// Whether a result must be differentiable: then layers use plain operators and write nothing in place.
[[nodiscard]] FLASHMOTION_EXPORT bool needs_graph(const Tensor& x, const Tensor& weight);

/// 2-D or 3-D convolution without padding. Without a graph it chooses the memory layout: on a GPU channels last; on the
/// CPU the one that costs least, and there it goes through large kernels in slices of output channels, so that little
/// memory is needed beside the result. `stride` is that of time in 3-D and that of rows and columns in 2-D.
[[nodiscard]] FLASHMOTION_EXPORT Tensor convolve(const Tensor& x,       // [B, in, T, H, W] or [B, in, H, W]
                                                 const Tensor& weight,  // [out, in, kt, kh, kw] or [out, in, kh, kw]
                                                 const Tensor& bias,    // [out], or undefined
                                                 std::int64_t stride = 1);

}  // namespace flashmotion::nn
