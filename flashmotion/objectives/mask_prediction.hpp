#pragma once

#include "flashmotion/core/concepts/objective.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>

#include <string_view>

namespace flashmotion {

struct MaskPredictionConfig {
  bool balanced = true;

  static void fields(auto& f, auto& c) {
    f("balanced", c.balanced, "objects and background weigh the same, however small the objects are");
  }
};

/// Prediction of the objects' mask in the latent's resolution from the generator's features, after the latent segment
/// loss of MagicMotion (Li et al. 2025): features that an adapter steers must know where the objects are. Cross entropy
/// of the head's logits z with the share c of each cell that objects cover, over all frames but the given one.
/// Balanced: `(mean_c softplus(-z) + mean_(1-c) softplus(z)) / 2`, means weighted by c and by 1 - c; otherwise one mean
/// of both.
class MaskPrediction {
 public:
  using Config = MaskPredictionConfig;
  explicit MaskPrediction(const MaskPredictionConfig& config) : config_(config) {}

  [[nodiscard]] std::string_view name() const { return "mask_prediction"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::mask_logits, Quantity::object_cover}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor logits = generated_frames(view[Quantity::mask_logits]);
    const Tensor cover = generated_frames(view[Quantity::object_cover]);
    const Tensor missed = at::softplus(-logits) * cover;
    const Tensor invented = at::softplus(logits) * (1.0 - cover);
    if (!config_.balanced) return {(missed + invented).mean()};
    return {
        (missed.sum() / cover.sum().clamp_min(kSmallest) + invented.sum() / (1.0 - cover).sum().clamp_min(kSmallest)) *
        0.5};
  }

 private:
  static constexpr double kSmallest = 1e-6;  // divisor where a batch has no object, or nothing else

  MaskPredictionConfig config_;
};
static_assert(Objective<MaskPrediction>);

}  // namespace flashmotion
