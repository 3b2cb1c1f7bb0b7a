#pragma once

#include "flashmotion/train/denoising_stage.hpp"

#include <ATen/ops/full.h>

#include <span>
#include <vector>

namespace flashmotion {

/// What distillation needs of a recipe.
struct DistilSettings {
  std::string name;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t generator_every = 5;  // fake-score updates for each generator update
  double real_guidance = 1.0;        // of the real score
  TimestepConfig score_timesteps;    // of the scores and of the fake score's training
  OptimiserConfig optimiser;
  OptimiserConfig critic_optimiser;
  double ema = 0.0;
};

/// One backward simulation of the student: from noise through the few-step levels to a random exit step. Only the
/// last pass may carry gradients. Returns the clean estimate there (DMD2, Yin et al. 2024, section 4.5).
template <Generator G, Adapter A, Sampler S>
[[nodiscard]] Tensor simulate_student(Conditioned<G, A>& student, const S& sampler, const Tensor& like,
                                      std::int64_t exit, bool with_gradient, Rng& rng) {
  const std::span<const double> sigmas = sampler.sigmas();
  SamplerState state;
  Tensor x = rng.normal(like.sizes());
  for (std::int64_t i = 0;; ++i) {
    const Tensor sigma = at::full({like.size(0)}, sigmas[static_cast<std::size_t>(i)], like.options());
    if (i == exit) {
      const at::AutoGradMode mode(with_gradient);
      return student.clean(x, sigma);
    }
    const at::NoGradGuard no_grad;
    x = sampler.step(with_first_frame(x, student.condition().image), student.velocity(x, sigma),
                     static_cast<std::size_t>(i), state, rng);
  }
}

/// A student sample and what the two scores say of it.
template <Generator G, Adapter A>
class ScoreSource final : public QuantitySource {
 public:
  ScoreSource(G& real, G& fake, const Condition& condition, const Guidance& real_guidance, Tensor sample, Tensor noise,
              Tensor sigma)
      : real_(real, nullptr, condition, real_guidance),
        fake_(fake, nullptr, condition),
        sample_(std::move(sample)),
        noise_(std::move(noise)),
        sigma_(std::move(sigma)) {}

 protected:
  Tensor compute(Quantity quantity) override {
    const bool live = quantity == Quantity::live_real_score || quantity == Quantity::live_fake_score;
    const at::AutoGradMode mode(live);
    switch (quantity) {
      case Quantity::student_sample:
        return sample_;
      case Quantity::sigma:
        return sigma_;
      case Quantity::real_score:
      case Quantity::live_real_score:
        return real_.clean(FlowPath{}.diffuse(sample_, noise_, sigma_), sigma_);
      case Quantity::fake_score:
      case Quantity::live_fake_score:
        return fake_.clean(FlowPath{}.diffuse(sample_, noise_, sigma_), sigma_);
      default:
        throw Error("the quantity '" + std::string(to_string(quantity)) +
                    "' does not exist for the generator of a distillation; set the objective's 'target'");
    }
  }

 private:
  Conditioned<G, A> real_, fake_;
  Tensor sample_, noise_, sigma_;
};

/// Distribution matching distillation: a few-step student, a frozen real score and a fake score that follows the
/// student (roles `generator` and `fake_score`).
template <Generator G, Adapter A, Sampler S>
class DistilStage final : public IStage {
 public:
  DistilStage(DistilSettings settings, BatchSource& data, G student, G real, G fake, S sampler,
              ObjectivesByTarget objectives)
      : settings_(std::move(settings)),
        data_(data),
        student_(std::move(student)),
        real_(std::move(real)),
        fake_(std::move(fake)),
        sampler_(std::move(sampler)),
        objectives_(std::move(objectives)),
        student_role_("generator", student_.named_tensors(), settings_.optimiser, settings_.ema),
        fake_role_("fake_score", fake_.named_tensors(), settings_.critic_optimiser, 0.0) {
    for (G* network : {&student_, &real_, &fake_}) require_gradients(network->named_tensors(), false);
  }

  StepReport step(std::int64_t step) override {
    const LatentBatch batch = data_.draw(settings_.name, step, settings_.batch, ControlKind::box);
    Rng rng(settings_.seed, "noise." + settings_.name, static_cast<std::uint64_t>(step));
    const auto levels = static_cast<std::int64_t>(std::span<const double>(sampler_.sigmas()).size()) - 1;
    const std::int64_t exit = rng.integer(0, levels);
    const bool update = step % settings_.generator_every == 0;
    StepReport report;

    Conditioned<G, A> student(student_, nullptr, batch.condition);
    Tensor sample;
    if (update) {
      const TrainingScope training(student_role_);
      sample = simulate_student(student, sampler_, batch.clean, exit, true, rng);
      const Tensor sigma = draw_sigma(settings_.score_timesteps, settings_.batch, {}, rng);
      ScoreSource<G, A> source(real_, fake_, batch.condition, real_guidance(), sample, rng.normal(sample.sizes()),
                               sigma);
      train_role(student_role_, objectives_["generator"], source, step, settings_.steps, report);
      sample = sample.detach();
    } else {
      sample = simulate_student(student, sampler_, batch.clean, exit, false, rng);
    }

    const TrainingScope training(fake_role_);
    const Tensor sigma = draw_sigma(settings_.score_timesteps, settings_.batch, {}, rng);
    DenoisingSource<G, A> source(fake_, nullptr, batch.condition, sample, rng.normal(sample.sizes()), sigma);
    train_role(fake_role_, objectives_["fake_score"], source, step, settings_.steps, report);
    return report;
  }

  [[nodiscard]] std::vector<Role*> roles() override { return {&student_role_, &fake_role_}; }

 private:
  [[nodiscard]] Guidance real_guidance() const {
    Guidance guidance{.scale = settings_.real_guidance};
    if (guidance.active()) guidance.negative = data_.negative_text(settings_.batch);
    return guidance;
  }

  DistilSettings settings_;
  BatchSource& data_;
  G student_, real_, fake_;
  S sampler_;
  ObjectivesByTarget objectives_;
  Role student_role_, fake_role_;
};

}  // namespace flashmotion
