#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/evaluation.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/recipe.hpp"

#include <cstdint>

namespace flashmotion {

/// Clips that are drawn once and used again and again: to evaluate variants, or a stage on its way.
struct FixedCases {
  EvaluationCases cases;
  LatentBatch batch;  // the same, with boxes as control
};

/// Draws `each` clips of the evaluation split for every group of the recipe's `[evaluation]`; equal for equal seeds.
[[nodiscard]] FLASHMOTION_EXPORT FixedCases draw_cases(const Recipe& recipe, const BatchSource& data, std::int64_t each,
                                                       std::int64_t seed);

/// One case of each group in turn, at most `most`: places [N] int64 of what a preview shows.
[[nodiscard]] FLASHMOTION_EXPORT Tensor preview_rows(const FixedCases& fixed, std::int64_t most);

/// Some clips of a batch; `rows` [N] int64.
[[nodiscard]] FLASHMOTION_EXPORT LatentBatch rows_of(const LatentBatch& batch, const Tensor& rows);

/// What the Fréchet distance compares with: other clips, of the training split.
[[nodiscard]] FLASHMOTION_EXPORT Evaluator make_evaluator(const Recipe& recipe, const BatchSource& data,
                                                          const EvaluationCases& cases, std::int64_t reference_clips,
                                                          std::int64_t seed);

/// Clips [N, 3, F, H, W] in [-1, 1] of latents.
[[nodiscard]] FLASHMOTION_EXPORT Tensor decode_clips(const BatchSource& data, const Tensor& latents);

/// Seed of the noise that case after case is sampled from.
[[nodiscard]] FLASHMOTION_EXPORT std::uint64_t sampling_seed(std::int64_t seed, std::int64_t sample);

}  // namespace flashmotion
