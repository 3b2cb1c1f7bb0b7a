#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <vector>

namespace flashmotion::nn {

/// The noise levels of a pass, each once: one for each sample, or, when the first frame is a given picture, two. What
/// depends on the level alone is computed for these and looked up by frame.
struct NoiseLevels {
  Tensor distinct;        // [B, S]
  Tensor level_of_frame;  // [T] place in S of each frame; undefined when there is one level for all frames
};

/// Finds the levels of `sigma` [B], [B, T] or [B, N], where the tokens of a frame have one level. Throws InputError for
/// another shape, or when levels differ within a frame. The levels are read on the CPU.
[[nodiscard]] FLASHMOTION_EXPORT NoiseLevels noise_levels(const Tensor& sigma, const Grid& grid);

/// What a frame's tokens are modulated by: table [B, S, K, D] to K tensors [B, T, 1, D], or [B, 1, 1, D] when there is
/// one level for all frames.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<Tensor> by_frame(const Tensor& table, const Tensor& level_of_frame);

}  // namespace flashmotion::nn
