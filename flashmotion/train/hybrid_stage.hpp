#pragma once

#include "flashmotion/core/concepts/discriminator_head.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/train/denoising_stage.hpp"

#include <ATen/ops/cat.h>

#include <span>
#include <utility>
#include <vector>

namespace flashmotion {

/// What the third stage needs of a recipe.
struct HybridSettings {
  std::string name;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t adapter_every = 1;          // discriminator updates for each adapter update
  TimestepConfig discriminator_timesteps;  // noise on what the discriminator sees
  double perturbation = 0.01;              // what gradient penalties add to it
  OptimiserConfig optimiser;
  OptimiserConfig critic_optimiser;
  double ema = 0.0;
};

/// The diffusion discriminator: a head on the features that a frozen generator has of a noised latent.
template <Generator G, DiscriminatorHead D>
class DiffusionDiscriminator {
 public:
  DiffusionDiscriminator(G& features, D& head)
      : features_(features), head_(head), spec_(features.spec()), taps_(head.tap_blocks(spec_)) {}

  /// Logits [B, P] of `latent` [B, C, T, H, W] noised to `sigma` [B]. The gradient reaches the latent.
  [[nodiscard]] Tensor operator()(const Tensor& latent, const Tensor& noise, const Tensor& sigma,
                                  const Condition& condition) {
    return logits(FlowPath{}.diffuse(latent, noise, sigma), sigma, condition);
  }
  /// The same of a latent that is noised already.
  [[nodiscard]] Tensor logits(const Tensor& latent, const Tensor& sigma, const Condition& condition) {
    const Tensor noisy = with_first_frame(latent, condition.image);
    const Tensor levels = frame_sigma(sigma, latent.size(2), condition.image);
    DenoiseResult result = features_.denoise({.latent = noisy,
                                              .sigma = levels,
                                              .text = condition.text,
                                              .image = condition.image,
                                              .edits = nullptr,
                                              .taps = taps_,
                                              .taps_only = true});
    return head_.logits({.taps = std::move(result.taps),
                         .grid = spec_.grid(latent),
                         .sigma = sigma,
                         .text = condition.text,
                         .image = condition.image,
                         .control = condition.control});
  }

 private:
  G& features_;
  D& head_;
  GeneratorSpec spec_;
  std::vector<std::int64_t> taps_;
};

/// Two conditions in one batch.
[[nodiscard]] inline Condition doubled(const Condition& c) {
  const auto twice = [](const Tensor& x) { return x.defined() ? at::cat({x, x}) : x; };
  return {{twice(c.text.tokens)}, {twice(c.image.first_frame)}, twice(c.control)};
}

/// The third stage's quantities, for the adapter or for the discriminator.
template <Generator G, Adapter A, DiscriminatorHead D>
class HybridSource final : public QuantitySource {
 public:
  /// `denoising` makes the generated latent; `detach` cuts it from the adapter (for the discriminator).
  HybridSource(QuantitySource& denoising, DiffusionDiscriminator<G, D>& discriminator, const Condition& condition,
               const TimestepConfig& timesteps, double perturbation, bool detach, Rng& rng)
      : denoising_(denoising),
        discriminator_(discriminator),
        condition_(condition),
        timesteps_(timesteps),
        perturbation_(perturbation),
        detach_(detach),
        rng_(rng) {}

 protected:
  Tensor compute(Quantity quantity) override {
    if (detach_ && (quantity == Quantity::real_slope || quantity == Quantity::fake_slope)) {
      return slope(quantity == Quantity::real_slope);
    }
    if (quantity != Quantity::fake_logits && quantity != Quantity::real_logits) return denoising_.get(quantity);
    if (detach_) return both_logits(quantity == Quantity::real_logits);
    const Tensor& latent =
        denoising_.get(quantity == Quantity::real_logits ? Quantity::clean : Quantity::clean_prediction);
    return discriminator_(latent, rng_.normal(latent.sizes()), noise_level(latent.size(0)), condition_);
  }

 private:
  // The same level for real and fake.
  const Tensor& noise_level(std::int64_t count) {
    if (!sigma_.defined()) sigma_ = draw_sigma(timesteps_, count, {}, rng_);
    return sigma_;
  }
  // Real and fake go through in one batch.
  Tensor both_logits(bool real) {
    if (!real_.defined()) {
      const Tensor latent =
          at::cat({denoising_.get(Quantity::clean), denoising_.get(Quantity::clean_prediction).detach()});
      const Tensor& sigma = noise_level(latent.size(0) / 2);
      noisy_ = FlowPath{}.diffuse(latent, rng_.normal(latent.sizes()), at::cat({sigma, sigma}));
      const Tensor logits = discriminator_.logits(noisy_, at::cat({sigma, sigma}), doubled(condition_));
      real_ = logits.narrow(0, 0, sigma.size(0));
      fake_ = logits.narrow(0, sigma.size(0), sigma.size(0));
    }
    return real ? real_ : fake_;
  }
  // One more pass, on what the discriminator saw and a little more noise.
  Tensor slope(bool real) {
    const Tensor logits = both_logits(real);
    const std::int64_t count = logits.size(0);
    const Tensor seen = noisy_.narrow(0, real ? 0 : count, count);
    const Tensor perturbed = seen + rng_.normal(seen.sizes()) * perturbation_;
    return logit_slope(discriminator_.logits(perturbed, sigma_, condition_), logits, perturbation_);
  }

  QuantitySource& denoising_;
  DiffusionDiscriminator<G, D>& discriminator_;
  const Condition& condition_;
  const TimestepConfig& timesteps_;
  double perturbation_;
  bool detach_;
  Rng& rng_;
  Tensor sigma_, noisy_, real_, fake_;
};

/// FlashMotion's third stage: the adapter on the frozen few-step generator, trained with any mix of diffusion and
/// adversarial objectives; the discriminator is trained only when it has objectives (roles `adapter` and
/// `discriminator`).
template <Generator G, Adapter A, DiscriminatorHead D, Sampler S>
class HybridStage final : public IStage {
 public:
  HybridStage(HybridSettings settings, BatchSource& data, G generator, A adapter, G features, D head, S sampler,
              ObjectivesByTarget objectives)
      : settings_(std::move(settings)),
        data_(data),
        generator_(std::move(generator)),
        adapter_(std::move(adapter)),
        features_(std::move(features)),
        head_(std::move(head)),
        sampler_(std::move(sampler)),
        objectives_(std::move(objectives)),
        adapter_role_("adapter", adapter_.named_tensors(), settings_.optimiser, settings_.ema),
        head_role_("discriminator", head_.named_tensors(), settings_.critic_optimiser, 0.0) {
    for (const NamedTensors& frozen :
         {generator_.named_tensors(), features_.named_tensors(), adapter_.named_tensors(), head_.named_tensors()}) {
      require_gradients(frozen, false);
    }
  }

  StepReport step(std::int64_t step) override {
    const bool update = step % settings_.adapter_every == 0;
    const bool adversarial = !objectives_["discriminator"].empty();
    StepReport report;
    if (!update && !adversarial) return report;

    const LatentBatch batch = data_.draw(settings_.name, step, settings_.batch, ControlKind::box);
    Rng rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step));
    const Tensor sigma = draw_sigma({.density = Density::student_steps}, settings_.batch, sampler_.sigmas(), rng);
    DenoisingSource<G, A> denoising(generator_, &adapter_, batch.condition, batch.clean,
                                    rng.normal(batch.clean.sizes()), sigma, batch.cover);
    DiffusionDiscriminator<G, D> discriminator(features_, head_);
    const TimestepConfig& levels = settings_.discriminator_timesteps;
    if (update) {
      const TrainingScope training(adapter_role_);
      HybridSource<G, A, D> source(denoising, discriminator, batch.condition, levels, settings_.perturbation, false,
                                   rng);
      train_role(adapter_role_, objectives_["adapter"], source, step, settings_.steps, report);
    }
    if (adversarial) {
      {
        const at::NoGradGuard no_grad;  // for the steps that do not update the adapter
        static_cast<void>(denoising.get(Quantity::clean_prediction));
      }
      const TrainingScope training(head_role_);
      HybridSource<G, A, D> source(denoising, discriminator, batch.condition, levels, settings_.perturbation, true,
                                   rng);
      train_role(head_role_, objectives_["discriminator"], source, step, settings_.steps, report);
    }
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override {
    if (objectives_["discriminator"].empty()) return {&adapter_role_};
    return {&adapter_role_, &head_role_};
  }

 private:
  HybridSettings settings_;
  BatchSource& data_;
  G generator_;
  A adapter_;
  G features_;
  D head_;
  S sampler_;
  ObjectivesByTarget objectives_;
  Role adapter_role_, head_role_;
};

}  // namespace flashmotion
