#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>

// Steps of the networks that one kernel of ours does in place of several of LibTorch's. Each gives nothing where it
// does not apply: the tensors are not on a GPU, a gradient is recorded, this build has no kernels, or a shape does not
// fit. What it gives then is the same but for the rounding of sums.

namespace flashmotion::nn::gpu {

/// Whether this build's kernels were found and loaded. Looks for them when it is first asked.
[[nodiscard]] FLASHMOTION_EXPORT bool have_kernels();

/// `LN(x) (base + scale) + shift` over the last axis, in `type`. `scale` and `shift` are [D], or [B, S, 1, D] beside
/// an x [B, T, n, D] with S = T or 1. With `round_normal` the normalised x is rounded to its type first.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Tensor> norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                                                            double base, double epsilon, c10::ScalarType type,
                                                            bool round_normal);

/// RMS norm of x [B, N, D] with `weight` [D], rounded as `RmsNorm` does, then rotated by `turns` [N, D / heads / 2]
/// where they are defined, in the type of x.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Tensor> turned_norm(const Tensor& x, const Tensor& weight,
                                                                   const Tensor& turns, std::int64_t heads,
                                                                   double epsilon, bool keeps_type);

/// `x + y gate` in the type of x, for x and y [B, T, n, D] and a gate as in `norm`.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Tensor> gated_sum(const Tensor& x, const Tensor& y, const Tensor& gate);

/// Channel norm and SiLU of x [B, C, T, H, W] with `gamma` [C], written to `out`. Returns whether it was done.
[[nodiscard]] FLASHMOTION_EXPORT bool channel_norm_silu(const Tensor& x, const Tensor& gamma, const Tensor& out);

}  // namespace flashmotion::nn::gpu
