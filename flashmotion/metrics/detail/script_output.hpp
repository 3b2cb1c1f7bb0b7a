#pragma once

#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/script_module.hpp"

#include <cstdint>
#include <string>

namespace flashmotion::metrics_detail {

/// `float32[2, 3]`, for messages.
[[nodiscard]] std::string outline(const Tensor& value);

/// What a program returned, as features [rows, D] float32. `dimensions` of 0: any. Throws InputError when it is
/// something else, or not finite.
[[nodiscard]] Tensor expect_features(const Tensor& value, std::int64_t rows, std::int64_t dimensions,
                                     const ScriptModule& program);

/// Pixels [-1, 1] as whole numbers [0, 255], uint8.
[[nodiscard]] Tensor eight_bits(const Tensor& video);

/// Clips [B, 3, F, H, W]; throws ShapeError for anything else, for B or F of 0 too.
void expect_clips(const ClipFrames& video);

}  // namespace flashmotion::metrics_detail
