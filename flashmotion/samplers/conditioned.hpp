#pragma once

#include "flashmotion/core/concepts/adapter.hpp"
#include "flashmotion/core/concepts/generator.hpp"
#include "flashmotion/samplers/flow_path.hpp"
#include "flashmotion/samplers/guidance.hpp"

#include <ATen/core/grad_mode.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace flashmotion {

/// All that a clip is made from, but the noise.
struct Condition {
  TextContext text;    // tokens [B, L, D]
  ImageContext image;  // first frame
  Tensor control;      // [B, C, T, H, W] latent of the control maps; undefined without an adapter
};

/// A generator, with or without an adapter and guidance, on one batch of clips. Edits that do not depend on noise are
/// computed once for each text. Borrows both networks.
template <Generator G, Adapter A>
class Conditioned {
 public:
  Conditioned(G& generator, A* adapter, Condition condition, Guidance guidance = {})
      : generator_(generator),
        adapter_(adapter),
        condition_(std::move(condition)),
        guidance_(std::move(guidance)),
        positive_{condition_.text, {}, {}},
        negative_{guidance_.negative, {}, {}} {}

  /// A velocity, and the hidden states of the blocks that were asked for, each [B, N, D].
  struct Observed {
    Tensor velocity;
    std::vector<Tensor> taps;
  };
  /// As `velocity`, without guidance, with the hidden states of `taps`, block numbers that rise.
  [[nodiscard]] Observed observe(const Tensor& latent, const Tensor& sigma, std::span<const std::int64_t> taps) {
    const Tensor x = with_first_frame(latent, condition_.image);
    DenoiseResult result = result_of(positive_, x, frame_sigma(sigma, x.size(2), condition_.image), taps);
    return {std::move(result.prediction), std::move(result.taps)};
  }

  /// Velocity [B, C, T, H, W] of `latent` at noise level `sigma` [B]. Frame 0 is replaced by the given picture before
  /// the pass. With guidance there are two passes.
  [[nodiscard]] Tensor velocity(const Tensor& latent, const Tensor& sigma) {
    const Tensor x = with_first_frame(latent, condition_.image);
    const Tensor levels = frame_sigma(sigma, x.size(2), condition_.image);
    Tensor positive = pass(positive_, x, levels);
    if (!guidance_.active()) return positive;
    return guide(positive, pass(negative_, x, levels), guidance_, sigma);
  }

  /// Estimate of the clean latent, frame 0 as given.
  [[nodiscard]] Tensor clean(const Tensor& latent, const Tensor& sigma) {
    const Tensor x = with_first_frame(latent, condition_.image);
    return with_first_frame(FlowPath{}.to_clean(x, velocity(x, sigma), sigma), condition_.image);
  }

  [[nodiscard]] const Condition& condition() const { return condition_; }

 private:
  // One text and what the adapter adds to its passes.
  struct Branch {
    TextContext text;
    SiteEdits edits;
    std::optional<bool> cached;  // whether the edits carry gradients
  };

  [[nodiscard]] Tensor pass(Branch& branch, const Tensor& latent, const Tensor& sigma) {
    return result_of(branch, latent, sigma, {}).prediction;
  }
  [[nodiscard]] DenoiseResult result_of(Branch& branch, const Tensor& latent, const Tensor& sigma,
                                        std::span<const std::int64_t> taps) {
    const SiteEdits& edits = edits_for(branch, latent, sigma);
    return generator_.denoise({.latent = latent,
                               .sigma = sigma,
                               .text = branch.text,
                               .image = condition_.image,
                               .edits = &edits,
                               .taps = taps,
                               .taps_only = false});
  }

  const SiteEdits& edits_for(Branch& branch, const Tensor& latent, const Tensor& sigma) {
    if (adapter_ == nullptr) return branch.edits;
    const bool with_gradient = at::GradMode::is_enabled();
    if (!adapter_->depends_on_noise() && branch.cached && *branch.cached == with_gradient) return branch.edits;
    branch.edits = adapter_->edits(
        {.latent = latent, .sigma = sigma, .text = branch.text, .image = condition_.image, .control = control()});
    branch.cached = with_gradient;
    return branch.edits;
  }

  // In the numbers of the adapter's weights.
  const Tensor& control() {
    if (!control_.defined() && condition_.control.defined()) {
      const NamedTensors weights = adapter_->named_tensors();
      control_ = weights.empty() ? condition_.control : condition_.control.to(weights.front().tensor.scalar_type());
    }
    return control_;
  }

  G& generator_;
  A* adapter_;
  Tensor control_;
  Condition condition_;
  Guidance guidance_;
  Branch positive_, negative_;
};

}  // namespace flashmotion
