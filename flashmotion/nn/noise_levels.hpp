#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/types.hpp"

#include <vector>

namespace flashmotion::nn {

/// The noise levels of a pass. On a CPU each once: one for each sample, or, when the first frame is a given picture,
/// two; what depends on the level alone is computed for these and looked up by frame. On a GPU, whose numbers are not
/// waited for, one for each sample or each frame, as they are given.
struct NoiseLevels {
  Tensor distinct;        // [B, S]
  Tensor level_of_frame;  // [T] place in S of each frame; undefined when S is 1 or T
};

/// Finds the levels of `sigma` [B], [B, T] or [B, N], where the tokens of a frame have one level. Throws InputError for
/// another shape, or when levels differ within a frame, for which those of tokens are read.
[[nodiscard]] FLASHMOTION_EXPORT NoiseLevels noise_levels(const Tensor& sigma, const Grid& grid);

/// What a frame's tokens are modulated by: table [B, S, K, D] to K tensors [B, T, 1, D], or [B, 1, 1, D] when S is 1.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<Tensor> by_frame(const Tensor& table, const Tensor& level_of_frame);

}  // namespace flashmotion::nn
