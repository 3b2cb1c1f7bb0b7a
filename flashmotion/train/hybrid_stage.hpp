#pragma once

#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/hybrid_sources.hpp"

#include <cstddef>
#include <memory>
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
  SampleShares shares{};
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

    std::vector<std::unique_ptr<Part>> parts(static_cast<std::size_t>(settings_.shares.accumulate));
    if (update) {
      const TrainingScope training(adapter_role_);
      Descent descent({&adapter_role_}, objectives_["adapter"], step, settings_.steps, settings_.shares);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i] = begin(i, step);
        add_adapter(*parts[i], step, descent);
        if (settings_.shares.accumulate > 1) parts[i]->keep_values();
        if (!adversarial) parts[i].reset();
      }
      descent.finish(report);
    }
    if (adversarial) {
      const TrainingScope training(head_role_);
      Descent descent({&head_role_}, objectives_["discriminator"], step, settings_.steps, settings_.shares);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == nullptr) parts[i] = begin(i, step);
        add_discriminator(*parts[i], descent);
        parts[i].reset();
      }
      descent.finish(report);
    }
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override {
    if (objectives_["discriminator"].empty()) return {&adapter_role_};
    return {&adapter_role_, &head_role_};
  }

 private:
  /// One micro-batch of a step, from the adapter's turn to the discriminator's.
  struct Part {
    HybridStage& stage;
    RowShare rows;
    LatentBatch batch;
    Rng rng;
    Tensor sigma{}, noise{};
    std::optional<DenoisingSource<G, A>> denoising{};

    void prepare() {
      denoising.emplace(stage.generator_, &stage.adapter_, batch.condition, batch.clean, noise, sigma, batch.cover);
    }
    /// Lets the graph and its activations go: other micro-batches come before the discriminator's turn.
    void keep_values() {
      const bool made = denoising->has(Quantity::clean_prediction);
      const Tensor generated = made ? denoising->get(Quantity::clean_prediction).detach() : Tensor();
      prepare();
      if (made) denoising->put(Quantity::clean_prediction, generated);
    }
  };
  std::unique_ptr<Part> begin(std::size_t index, std::int64_t step) {
    const RowShare rows = settings_.shares.rows(settings_.batch, static_cast<std::int64_t>(index));
    auto part = std::make_unique<Part>(
        Part{*this, rows, data_.draw(settings_.name, step, rows, ControlKind::box),
             Rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step), rows)});
    part->sigma = draw_sigma({.density = Density::student_steps}, rows.count, sampler_.sigmas(), part->rng);
    part->noise = noise_like(part->batch.clean, part->rng);
    part->prepare();
    return part;
  }
  HybridStep<G, D> now(Part& part, DiffusionDiscriminator<G, D>& discriminator) {
    return {*part.denoising,
            discriminator,
            part.batch.condition,
            settings_.discriminator_timesteps,
            sampler_.sigmas(),
            settings_.perturbation,
            part.rng};
  }

  void add_adapter(Part& part, std::int64_t step, Descent& descent) {
    DiffusionDiscriminator<G, D> discriminator(features_, head_);
    const HybridStep<G, D> hybrid = now(part, discriminator);
    std::optional<DenoisingSource<G, A>> own;
    if (settings_.diffusion_timesteps.density != Density::student_steps) noise_otherwise(own, part, step);
    AdapterSource<G, D> source(own ? *own : *part.denoising, hybrid);
    descent.add(source);
  }
  void add_discriminator(Part& part, Descent& descent) {
    DiffusionDiscriminator<G, D> discriminator(features_, head_);
    const HybridStep<G, D> hybrid = now(part, discriminator);
    {
      const at::NoGradGuard no_grad;  // for the steps that do not update the adapter
      static_cast<void>(part.denoising->get(Quantity::clean_prediction));
    }
    DiscriminatorSource<G, D> source(hybrid);
    descent.add(source);
  }

  // The same clips at the levels of the diffusion objectives, with random numbers of their own.
  void noise_otherwise(std::optional<DenoisingSource<G, A>>& made, const Part& part, std::int64_t step) {
    Rng rng(settings_.seed, "diffusion." + settings_.name, static_cast<std::uint64_t>(step), part.rows);
    const Tensor sigma = draw_sigma(settings_.diffusion_timesteps, part.rows.count, sampler_.sigmas(), rng);
    made.emplace(generator_, &adapter_, part.batch.condition, part.batch.clean, noise_like(part.batch.clean, rng),
                 sigma, part.batch.cover);
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
