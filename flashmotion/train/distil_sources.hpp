#pragma once

#include "flashmotion/samplers/consistency_grid.hpp"
#include "flashmotion/train/denoising_stage.hpp"

#include <ATen/ops/full.h>

#include <optional>
#include <span>
#include <string>
#include <utility>

namespace flashmotion {

/// What distillation needs of a recipe.
struct DistilSettings {
  std::string name;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t generator_every = 5;  // fake-score updates for each generator update
  double real_guidance = 1.0;        // of the real score, and of the teacher's step
  TimestepConfig score_timesteps;    // of the scores, of the fake score's training, of the consistency pairs
  OptimiserConfig optimiser;
  OptimiserConfig critic_optimiser;
  double ema = 0.0;
  ConsistencyConfig consistency{};
  double grid_shift = 1.0;  // flow shift of the consistency grid: the student's
  SampleShares shares{};
};

/// The networks of a distillation. With adapters, each network is a generator and an adapter together.
template <Generator G, Adapter A>
struct DistilNetworks {
  G student;
  G real;                   // frozen
  std::optional<G> fake{};  // follows the student; only where an objective trains it
  // Holds the student's running average for consistency targets; empty: the student gives them.
  std::optional<G> target{};
  std::optional<A> student_adapter{};
  std::optional<A> real_adapter{};
  std::optional<A> fake_adapter{};
  std::optional<A> target_adapter{};
};

/// One backward simulation of the student: from noise through the few-step levels to a random exit step. Only the
/// last pass may carry gradients. Returns the clean estimate there (DMD2, Yin et al. 2024, section 4.5).
template <Generator G, Adapter A, Sampler S>
[[nodiscard]] Tensor simulate_student(Conditioned<G, A>& student, const S& sampler, const Tensor& like,
                                      std::int64_t exit, bool with_gradient, Rng& rng) {
  const std::span<const double> sigmas = sampler.sigmas();
  SamplerState state;
  Tensor x = noise_like(like, rng);
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

/// A student sample and what the two scores say of it. The sample is made when the first of them is asked for.
template <Generator G, Adapter A, Sampler S>
class ScoreSource final : public QuantitySource {
 public:
  /// `fake` may be null. `like` has the extent of the sample. Draws from `rng`: the sample, the level, the noise.
  ScoreSource(Conditioned<G, A>& student, Conditioned<G, A>& real, Conditioned<G, A>* fake, const S& sampler,
              const TimestepConfig& timesteps, const Tensor& like, std::int64_t exit, Rng& rng)
      : student_(student),
        real_(real),
        fake_(fake),
        sampler_(sampler),
        timesteps_(timesteps),
        like_(like),
        exit_(exit),
        rng_(rng) {}

  /// The sample without its gradient; undefined when nothing asked for it.
  [[nodiscard]] Tensor sample_so_far() const { return sample_.defined() ? sample_.detach() : sample_; }

 protected:
  Tensor compute(Quantity quantity) override {
    switch (quantity) {
      case Quantity::student_sample:
        return prepared();
      case Quantity::sigma:
        prepared();
        return sigma_;
      case Quantity::real_score:
      case Quantity::live_real_score:
        return score(real_, quantity == Quantity::live_real_score);
      case Quantity::fake_score:
      case Quantity::live_fake_score:
        if (fake_ == nullptr) {
          throw Error("the quantity '" + std::string(to_string(quantity)) +
                      "' needs an objective with target = \"fake_score\"; without one there is no fake score");
        }
        return score(*fake_, quantity == Quantity::live_fake_score);
      default:
        throw Error("the quantity '" + std::string(to_string(quantity)) +
                    "' does not exist for the generator of a distillation; set the objective's 'target'");
    }
  }

 private:
  const Tensor& prepared() {
    if (sample_.defined()) return sample_;
    sample_ = simulate_student(student_, sampler_, like_, exit_, true, rng_);
    sigma_ = draw_sigma(timesteps_, like_.size(0), sampler_.sigmas(), rng_).to(like_.device());
    noise_ = noise_like(sample_, rng_);
    return sample_;
  }
  Tensor score(Conditioned<G, A>& network, bool live) {
    prepared();
    const at::AutoGradMode mode(live);
    return network.clean(FlowPath{}.diffuse(sample_, noise_, sigma_), sigma_);
  }

  Conditioned<G, A>& student_;
  Conditioned<G, A>& real_;
  Conditioned<G, A>* fake_;
  const S& sampler_;
  const TimestepConfig& timesteps_;
  Tensor like_;
  std::int64_t exit_;
  Rng& rng_;
  Tensor sample_, sigma_, noise_;
};

/// Both sides of consistency distillation on real latents; everything else comes from `rest`. Nothing is drawn or
/// computed before one of them is asked for.
template <Generator G, Adapter A>
class ConsistencySource final : public QuantitySource {
 public:
  /// `clean` [B, C, T, H, W]; `drawn` levels [B], on the CPU, are put onto the grid. `target` gives the target at the
  /// cleaner level.
  struct Request {
    const ConsistencyConfig& config;
    double shift = 1.0;  // of the grid
    Tensor clean;
    Tensor drawn;
    Tensor noise;
  };
  ConsistencySource(QuantitySource& rest, Conditioned<G, A>& student, Conditioned<G, A>& teacher,
                    Conditioned<G, A>& target, Request request)
      : rest_(rest),
        student_(student),
        teacher_(teacher),
        target_(target),
        levels_(levels_of(request)),
        noisy_(with_first_frame(FlowPath{}.diffuse(request.clean, request.noise, levels_.from),
                                student.condition().image)) {}

 protected:
  Tensor compute(Quantity quantity) override {
    if (quantity == Quantity::consistency_prediction) return student_.clean(noisy_, levels_.from);
    if (quantity != Quantity::consistency_target) return rest_.get(quantity);
    // One Euler step of the probability flow, then the target's clean estimate there.
    const at::NoGradGuard no_grad;
    const Tensor velocity = teacher_.velocity(noisy_, levels_.from);
    return target_.clean(noisy_ + broadcast_sigma(levels_.to - levels_.from) * velocity, levels_.to);
  }

 private:
  static ConsistencyLevels levels_of(const Request& request) {
    const ConsistencyLevels drawn = consistency_levels(request.drawn, request.config, request.shift);
    return {drawn.from.to(request.clean.device()), drawn.to.to(request.clean.device())};
  }

  QuantitySource& rest_;
  Conditioned<G, A>& student_;
  Conditioned<G, A>& teacher_;
  Conditioned<G, A>& target_;
  ConsistencyLevels levels_;
  Tensor noisy_;
};

}  // namespace flashmotion
