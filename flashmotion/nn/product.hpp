#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion::nn {

/// `x Wᵀ + b` for x [.., in], weight [out, in] and bias [out] or undefined, in the type of x. Large float32 products on
/// the CPU go to oneDNN, which on some processors is twice as fast as the BLAS that LibTorch asks; the others go where
/// LibTorch sends them.
[[nodiscard]] FLASHMOTION_EXPORT Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias);

/// Whether a gradient may be asked of what is computed from x; if not, x may be overwritten by who alone holds it.
[[nodiscard]] FLASHMOTION_EXPORT bool records_gradient(const Tensor& x);

/// A parameter in the type that the computation has; itself where it has that type already.
[[nodiscard]] FLASHMOTION_EXPORT Tensor in_type_of(const Tensor& parameter, const Tensor& x);

}  // namespace flashmotion::nn
