#pragma once

#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/samplers/noise.hpp"
#include "flashmotion/samplers/timesteps.hpp"
#include "flashmotion/train/diffusion_discriminator.hpp"
#include "flashmotion/train/input_gradient.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <span>
#include <string>
#include <vector>

namespace flashmotion {

/// What both sides of the third stage look at: the noised latents of one step.
template <Generator G, DiscriminatorHead D>
struct HybridStep {
  QuantitySource& generated;  // its `clean` is the real latent, its `clean_prediction` the generated one
  DiffusionDiscriminator<G, D>& discriminator;
  const Condition& condition;
  const TimestepConfig& timesteps;  // of the noise on what the discriminator sees
  std::span<const double> student;  // levels of the few-step sampler
  double perturbation = 0.0;        // what the approximate gradient penalty adds
  Rng& rng;
};

/// The adapter's side: the discriminator's logits and features with gradients to the generated latent; everything else
/// comes from `rest`.
template <Generator G, DiscriminatorHead D>
class AdapterSource final : public QuantitySource {
 public:
  AdapterSource(QuantitySource& rest, const HybridStep<G, D>& step) : rest_(rest), step_(step) {}

 protected:
  Tensor compute(Quantity quantity) override {
    switch (quantity) {
      case Quantity::fake_logits:
        prepare();
        return step_.discriminator.judge(taps(), noised_, sigma_, step_.condition);
      case Quantity::real_logits: {
        const Tensor& clean = step_.generated.get(Quantity::clean);
        const Tensor& sigma = noise_level(clean);
        return step_.discriminator.logits(FlowPath{}.diffuse(clean, noise_like(clean, step_.rng), sigma), sigma,
                                          step_.condition);
      }
      case Quantity::fake_features:
        prepare();
        return at::stack(taps());
      case Quantity::real_features: {
        prepare();
        const at::NoGradGuard no_grad;
        const Tensor noised = FlowPath{}.diffuse(step_.generated.get(Quantity::clean), noise_, sigma_);
        return at::stack(step_.discriminator.features(noised, sigma_, step_.condition));
      }
      default:
        return rest_.get(quantity);
    }
  }

 private:
  // The same level for real and fake.
  const Tensor& noise_level(const Tensor& latent) {
    if (!sigma_.defined())
      sigma_ = draw_sigma(step_.timesteps, latent.size(0), step_.student, step_.rng).to(latent.device());
    return sigma_;
  }
  void prepare() {
    if (noised_.defined()) return;
    const Tensor& generated = step_.generated.get(Quantity::clean_prediction);
    noise_level(generated);
    noise_ = noise_like(generated, step_.rng);
    noised_ = FlowPath{}.diffuse(generated, noise_, sigma_);
  }
  // One pass for logits and features of the generated latent.
  const std::vector<Tensor>& taps() {
    if (taps_.empty()) taps_ = step_.discriminator.features(noised_, sigma_, step_.condition);
    return taps_;
  }

  QuantitySource& rest_;
  const HybridStep<G, D>& step_;
  Tensor sigma_, noise_, noised_;
  std::vector<Tensor> taps_;
};

/// The discriminator's side: real and generated latents in one batch, cut from the adapter.
template <Generator G, DiscriminatorHead D>
class DiscriminatorSource final : public QuantitySource {
 public:
  explicit DiscriminatorSource(const HybridStep<G, D>& step) : step_(step) {}

 protected:
  Tensor compute(Quantity quantity) override {
    switch (quantity) {
      case Quantity::real_logits:
      case Quantity::fake_logits:
        return both_logits(quantity == Quantity::real_logits);
      case Quantity::real_slope:
      case Quantity::fake_slope:
        return slope(quantity == Quantity::real_slope);
      case Quantity::real_gradient:
      case Quantity::fake_gradient:
        return gradient(quantity == Quantity::real_gradient);
      case Quantity::real_features:
      case Quantity::fake_features:
        throw Error("the quantity '" + std::string(to_string(quantity)) +
                    "' comes from frozen features, so nothing of the discriminator can learn from it; set the "
                    "objective's 'target'");
      default:
        return step_.generated.get(quantity);
    }
  }

 private:
  const Tensor& both_noised() {
    if (noised_.defined()) return noised_;
    const Tensor latent =
        at::cat({step_.generated.get(Quantity::clean), step_.generated.get(Quantity::clean_prediction).detach()});
    sigma_ = draw_sigma(step_.timesteps, latent.size(0) / 2, step_.student, step_.rng).to(latent.device());
    noised_ = FlowPath{}.diffuse(latent, noise_like(latent, step_.rng), at::cat({sigma_, sigma_}));
    return noised_;
  }
  [[nodiscard]] Tensor half(const Tensor& both, bool real) const {
    return both.narrow(0, real ? 0 : sigma_.size(0), sigma_.size(0));
  }
  Tensor both_logits(bool real) {
    if (!logits_.defined()) {
      const Tensor& noised = both_noised();
      logits_ = step_.discriminator.logits(noised, at::cat({sigma_, sigma_}), doubled(step_.condition));
    }
    return half(logits_, real);
  }
  // One more pass, on what the discriminator saw and a little more noise.
  Tensor slope(bool real) {
    const Tensor logits = both_logits(real);
    const Tensor seen = half(both_noised(), real);
    const Tensor perturbed = seen + noise_like(seen, step_.rng) * step_.perturbation;
    return logit_slope(step_.discriminator.logits(perturbed, sigma_, step_.condition), logits, step_.perturbation);
  }
  // One more pass, whose gradient has a graph.
  Tensor gradient(bool real) {
    const TwiceDifferentiable attention;
    const Tensor seen = half(both_noised(), real).detach().set_requires_grad(true);
    return input_gradient(step_.discriminator.logits(seen, sigma_, step_.condition).mean(1).sum(), seen);
  }

  const HybridStep<G, D>& step_;
  Tensor sigma_, noised_, logits_;
};

}  // namespace flashmotion
