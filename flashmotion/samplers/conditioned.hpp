#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/samplers/flow_path.hpp"

#include <ATen/core/grad_mode.h>

#include <optional>

namespace flashmotion {

/// All that a clip is made from, but the noise.
struct Condition {
  TextContext text;    // tokens [B, L, D]
  ImageContext image;  // first frame
  Tensor control;      // [B, C, T, H, W] latent of the control maps; undefined without an adapter
};

/// A generator, with or without an adapter, on one batch of clips. Edits that do not depend on noise are computed
/// once. Borrows both networks.
template <Generator G, Adapter A>
class Conditioned {
 public:
  Conditioned(G& generator, A* adapter, Condition condition)
      : generator_(generator), adapter_(adapter), condition_(std::move(condition)) {}

  /// Velocity [B, C, T, H, W] of `latent` at noise level `sigma` [B]. Frame 0 is replaced by the given picture before
  /// the pass.
  [[nodiscard]] Tensor velocity(const Tensor& latent, const Tensor& sigma) {
    const Tensor x = with_first_frame(latent, condition_.image);
    const Tensor levels = frame_sigma(sigma, x.size(2), condition_.image);
    const SiteEdits& edits = edits_for(x, levels);
    return generator_
        .denoise({.latent = x,
                  .sigma = levels,
                  .text = condition_.text,
                  .image = condition_.image,
                  .edits = &edits,
                  .taps = {},
                  .taps_only = false})
        .prediction;
  }

  /// Estimate of the clean latent, frame 0 as given.
  [[nodiscard]] Tensor clean(const Tensor& latent, const Tensor& sigma) {
    const Tensor x = with_first_frame(latent, condition_.image);
    return with_first_frame(FlowPath{}.to_clean(x, velocity(x, sigma), sigma), condition_.image);
  }

  [[nodiscard]] const Condition& condition() const { return condition_; }

 private:
  const SiteEdits& edits_for(const Tensor& latent, const Tensor& sigma) {
    if (adapter_ == nullptr) return edits_;
    const bool with_gradient = at::GradMode::is_enabled();
    if (!adapter_->depends_on_noise() && cached_ && *cached_ == with_gradient) return edits_;
    edits_ = adapter_->edits({.latent = latent,
                              .sigma = sigma,
                              .text = condition_.text,
                              .image = condition_.image,
                              .control = condition_.control});
    cached_ = with_gradient;
    return edits_;
  }

  G& generator_;
  A* adapter_;
  Condition condition_;
  SiteEdits edits_;
  std::optional<bool> cached_;  // whether the cached edits carry gradients
};

}  // namespace flashmotion
