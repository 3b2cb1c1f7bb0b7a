#pragma once

#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/hybrid_sources.hpp"

#include <optional>
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
  TimestepConfig diffusion_timesteps{.density = Density::student_steps};  // of the diffusion objectives
};

/// FlashMotion's third stage: the adapter on the frozen few-step generator, trained with any mix of diffusion and
/// adversarial objectives; the discriminator is trained only when it has objectives (roles `adapter` and
/// `discriminator`). The discriminator always sees what is generated at the student's levels; where diffusion
/// objectives have other levels, they have a pass of their own.
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
    const HybridStep<G, D> now{denoising,
                               discriminator,
                               batch.condition,
                               settings_.discriminator_timesteps,
                               sampler_.sigmas(),
                               settings_.perturbation,
                               rng};
    if (update) {
      const TrainingScope training(adapter_role_);
      std::optional<DenoisingSource<G, A>> own;
      if (settings_.diffusion_timesteps.density != Density::student_steps) noise_otherwise(own, batch, step);
      AdapterSource<G, D> source(own ? *own : denoising, now);
      train_role(adapter_role_, objectives_["adapter"], source, step, settings_.steps, report);
    }
    if (adversarial) {
      {
        const at::NoGradGuard no_grad;  // for the steps that do not update the adapter
        static_cast<void>(denoising.get(Quantity::clean_prediction));
      }
      const TrainingScope training(head_role_);
      DiscriminatorSource<G, D> source(now);
      train_role(head_role_, objectives_["discriminator"], source, step, settings_.steps, report);
    }
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override {
    if (objectives_["discriminator"].empty()) return {&adapter_role_};
    return {&adapter_role_, &head_role_};
  }

 private:
  // The same clips at the levels of the diffusion objectives, with random numbers of their own.
  void noise_otherwise(std::optional<DenoisingSource<G, A>>& made, const LatentBatch& batch, std::int64_t step) {
    Rng rng(settings_.seed, "diffusion." + settings_.name, static_cast<std::uint64_t>(step));
    const Tensor sigma = draw_sigma(settings_.diffusion_timesteps, settings_.batch, sampler_.sigmas(), rng);
    made.emplace(generator_, &adapter_, batch.condition, batch.clean, rng.normal(batch.clean.sizes()), sigma,
                 batch.cover);
  }

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
