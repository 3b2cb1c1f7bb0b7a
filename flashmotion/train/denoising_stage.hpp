#pragma once

#include "flashmotion/samplers/conditioned.hpp"
#include "flashmotion/samplers/noise.hpp"
#include "flashmotion/samplers/timesteps.hpp"
#include "flashmotion/train/batch.hpp"
#include "flashmotion/train/mask_head.hpp"
#include "flashmotion/train/stage.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion {

/// One noised batch and what a network says of it.
template <Generator G, Adapter A>
class DenoisingSource final : public QuantitySource {
 public:
  /// `sigma` is [B], on any device; `noise` like `clean`; `cover` [B, 1, T, H, W] where objects are known; `head` where
  /// their mask is to be predicted. Borrows the networks.
  DenoisingSource(G& generator, A* adapter, const Condition& condition, Tensor clean, Tensor noise, const Tensor& sigma,
                  Tensor cover = {}, const MaskHead* head = nullptr)
      : network_(generator, adapter, condition),
        clean_(std::move(clean)),
        noise_(std::move(noise)),
        sigma_(sigma.to(clean_.device())),
        cover_(std::move(cover)),
        head_(head),
        grid_(head != nullptr ? generator.spec().grid(clean_) : Grid{}),
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
        return head_ == nullptr ? network_.velocity(noisy_, sigma_) : observed().velocity;
      case Quantity::clean_prediction:
        return with_first_frame(FlowPath{}.to_clean(noisy_, get(Quantity::velocity_prediction), sigma_),
                                network_.condition().image);
      case Quantity::object_cover:
        if (cover_.defined()) return cover_;
        break;
      case Quantity::mask_logits:
        if (head_ != nullptr) return head_->logits(observed().taps.front(), grid_);
        break;
      default:
        break;
    }
    throw Error("the quantity '" + std::string(to_string(quantity)) +
                "' does not exist in a denoising stage; use the objective in another stage");
  }

 private:
  // One pass for the velocity and for what the head reads.
  const typename Conditioned<G, A>::Observed& observed() {
    if (!observed_) {
      const std::array<std::int64_t, 1> taps{head_->block()};
      observed_ = network_.observe(noisy_, sigma_, taps);
    }
    return *observed_;
  }

  Conditioned<G, A> network_;
  Tensor clean_, noise_, sigma_, cover_;
  const MaskHead* head_;
  Grid grid_;
  Tensor noisy_;
  std::optional<typename Conditioned<G, A>::Observed> observed_;
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
  std::vector<double> student_sigmas{};  // of a few-step sampler, for the density student_steps
  SampleShares shares{};
};

/// Trains a generator, or an adapter on a frozen generator, to denoise: stages `pretrain` and `adapter`. With a mask
/// head that head is trained beside it, by the same objectives.
template <Generator G, Adapter A>
class DenoisingStage final : public IStage {
 public:
  /// With an adapter the adapter is trained, else the generator.
  DenoisingStage(DenoisingSettings settings, BatchSource& data, G generator, std::optional<A> adapter,
                 ObjectiveStack objectives, std::optional<MaskHead> head = std::nullopt)
      : settings_(std::move(settings)),
        data_(data),
        generator_(std::move(generator)),
        adapter_(std::move(adapter)),
        objectives_(std::move(objectives)),
        head_(std::move(head)),
        role_(adapter_ ? "adapter" : "generator", adapter_ ? adapter_->named_tensors() : generator_.named_tensors(),
              settings_.optimiser, settings_.ema) {
    require_gradients(generator_.named_tensors(), false);
    if (head_) head_role_.emplace("mask_head", head_->named_tensors(), settings_.optimiser, settings_.ema);
  }

  StepReport step(std::int64_t step) override {
    const TrainingScope training(role_);
    const bool predicts = head_ && objectives_.needs(step).contains(Quantity::mask_logits);
    std::optional<TrainingScope> training_head;
    if (predicts) training_head.emplace(*head_role_);
    std::vector<Role*> trained{&role_};
    if (predicts) trained.push_back(&*head_role_);
    Descent descent(std::move(trained), objectives_, step, settings_.steps, settings_.shares);
    for (std::int64_t part = 0; part < settings_.shares.accumulate; ++part) {
      const RowShare rows = settings_.shares.rows(settings_.batch, part);
      const LatentBatch batch =
          data_.draw(settings_.name, step, rows, step < settings_.mask_steps ? ControlKind::mask : ControlKind::box);
      Rng rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step), rows);
      const Tensor sigma = draw_sigma(settings_.timesteps, rows.count, settings_.student_sigmas, rng);
      DenoisingSource<G, A> source(generator_, adapter_ ? &*adapter_ : nullptr, batch.condition, batch.clean,
                                   noise_like(batch.clean, rng), sigma, batch.cover, predicts ? &*head_ : nullptr);
      descent.add(source);
    }
    StepReport report;
    descent.finish(report);
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override {
    if (head_role_) return {&role_, &*head_role_};
    return {&role_};
  }

 private:
  DenoisingSettings settings_;
  BatchSource& data_;
  G generator_;
  std::optional<A> adapter_;
  ObjectiveStack objectives_;
  std::optional<MaskHead> head_;
  Role role_;
  std::optional<Role> head_role_;
};

}  // namespace flashmotion
