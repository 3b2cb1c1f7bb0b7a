#pragma once

#include "flashmotion/samplers/conditioned.hpp"
#include "flashmotion/samplers/timesteps.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/stage.hpp"

#include <optional>
#include <string>
#include <utility>

namespace flashmotion {

/// One noised batch and what a network says of it.
template <Generator G, Adapter A>
class DenoisingSource final : public QuantitySource {
 public:
  /// `sigma` is [B]; `noise` like `clean`; `cover` [B, 1, T, H, W] where objects are known. Borrows the networks.
  DenoisingSource(G& generator, A* adapter, const Condition& condition, Tensor clean, Tensor noise, Tensor sigma,
                  Tensor cover = {})
      : network_(generator, adapter, condition),
        clean_(std::move(clean)),
        noise_(std::move(noise)),
        sigma_(std::move(sigma)),
        cover_(std::move(cover)),
        noisy_(with_first_frame(FlowPath{}.diffuse(clean_, noise_, sigma_), condition.image)) {}

 protected:
  Tensor compute(Quantity quantity) override {
    switch (quantity) {
      case Quantity::clean:
        return clean_;
      case Quantity::sigma:
        return sigma_;
      case Quantity::velocity_target:
        return FlowPath{}.target(clean_, noise_);
      case Quantity::velocity_prediction:
        return network_.velocity(noisy_, sigma_);
      case Quantity::clean_prediction:
        return with_first_frame(FlowPath{}.to_clean(noisy_, get(Quantity::velocity_prediction), sigma_),
                                network_.condition().image);
      case Quantity::object_cover:
        if (cover_.defined()) return cover_;
        [[fallthrough]];
      default:
        throw Error("the quantity '" + std::string(to_string(quantity)) +
                    "' does not exist in a denoising stage; use the objective in another stage");
    }
  }

 private:
  Conditioned<G, A> network_;
  Tensor clean_, noise_, sigma_, cover_, noisy_;
};

/// What the denoising stages need of a recipe.
struct DenoisingSettings {
  std::string name;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t mask_steps = 0;  // mask control before, box control from this step on
  TimestepConfig timesteps;
  OptimiserConfig optimiser;
  double ema = 0.0;
};

/// Trains a generator, or an adapter on a frozen generator, to denoise: stages `pretrain` and `adapter`.
template <Generator G, Adapter A>
class DenoisingStage final : public IStage {
 public:
  /// With an adapter the adapter is trained, else the generator.
  DenoisingStage(DenoisingSettings settings, BatchSource& data, G generator, std::optional<A> adapter,
                 ObjectiveStack objectives)
      : settings_(std::move(settings)),
        data_(data),
        generator_(std::move(generator)),
        adapter_(std::move(adapter)),
        objectives_(std::move(objectives)),
        role_(adapter_ ? "adapter" : "generator", adapter_ ? adapter_->named_tensors() : generator_.named_tensors(),
              settings_.optimiser, settings_.ema) {
    require_gradients(generator_.named_tensors(), false);
  }

  StepReport step(std::int64_t step) override {
    const LatentBatch batch = data_.draw(settings_.name, step, settings_.batch,
                                         step < settings_.mask_steps ? ControlKind::mask : ControlKind::box);
    Rng rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step));
    const TrainingScope training(role_);
    DenoisingSource<G, A> source(generator_, adapter_ ? &*adapter_ : nullptr, batch.condition, batch.clean,
                                 rng.normal(batch.clean.sizes()),
                                 draw_sigma(settings_.timesteps, settings_.batch, {}, rng), batch.cover);
    StepReport report;
    train_role(role_, objectives_, source, step, settings_.steps, report);
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override { return {&role_}; }

 private:
  DenoisingSettings settings_;
  BatchSource& data_;
  G generator_;
  std::optional<A> adapter_;
  ObjectiveStack objectives_;
  Role role_;
};

}  // namespace flashmotion
