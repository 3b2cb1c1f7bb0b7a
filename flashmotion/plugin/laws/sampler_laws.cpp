#include "flashmotion/plugin/laws/sampler_laws.hpp"

#include "flashmotion/core/rng.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flashmotion {
namespace sampler_laws_detail {

namespace lt = law_tensors;

/// One clip on its way from noise to a clean latent that the predictor knows.
class Clip {
 public:
  Clip(const AnySampler& sampler, std::uint64_t seed)
      : sampler_(sampler),
        rng_(seed, "sampler"),
        clean_(Rng(seed, "clean").normal({2, 3, 2, 4, 4})),
        x_(clean_ + (rng_.normal(clean_.sizes()) - clean_) * sampler.sigmas()[0]) {}

  void step(std::size_t i) { x_ = sampler_.step(x_, (x_ - clean_) / sampler_.sigmas()[i], i, state_, rng_); }
  [[nodiscard]] const Tensor& x() const { return x_; }
  [[nodiscard]] const Tensor& clean() const { return clean_; }

 private:
  const AnySampler& sampler_;
  Rng rng_;
  SamplerState state_;
  Tensor clean_;
  Tensor x_;
};

std::string wrong_levels(std::span<const double> sigmas) {
  if (sigmas.size() < 2) return "there are fewer than two levels";
  if (sigmas.back() != 0.0) return fmt::format("the last level is {}, not 0", sigmas.back());
  for (std::size_t i = 1; i < sigmas.size(); ++i)
    if (!(sigmas[i] < sigmas[i - 1])) return fmt::format("level {} is {} after {}", i, sigmas[i], sigmas[i - 1]);
  if (!(sigmas.front() <= 1.0)) return fmt::format("the first level is {}, above 1", sigmas.front());
  return {};
}

std::string wrong_told(const AnySampler& sampler) {
  constexpr double kRounding = 3e-3;  // of a reference's timesteps
  const std::span<const double> sigmas = sampler.sigmas();
  const std::span<const double> told = sampler.network_sigmas();
  if (told.size() + 1 < sigmas.size()) return "there are fewer levels for the network than steps";
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i)
    if (!(std::abs(told[i] - sigmas[i]) <= kRounding))
      return fmt::format("at step {} the network is told {}, the level is {}", i, told[i], sigmas[i]);
  return {};
}

}  // namespace sampler_laws_detail

void judge_sampler(LawBook& book, const AnySampler& sampler) {
  using namespace sampler_laws_detail;
  if (!book.judge("levels", "its levels fall strictly from at most 1 to 0",
                  [&] { return wrong_levels(sampler.sigmas()); }))
    return;
  book.judge("network_levels", "the network is told the level of each step, but for rounding",
             [&] { return wrong_told(sampler); });
  const std::size_t steps = sampler.sigmas().size() - 1;
  if (!book.judge("shapes", "a step gives a finite latent of the same shape", [&] {
        Clip clip(sampler, 1);
        std::string wrong;
        for (std::size_t i = 0; i < steps && wrong.empty(); ++i) {
          clip.step(i);
          wrong = lt::wrong_values(fmt::format("the latent after step {}", i), clip.x(), clip.clean().sizes());
        }
        return wrong;
      }))
    return;
  const auto alone = [&] {
    Clip clip(sampler, 1);
    for (std::size_t i = 0; i < steps; ++i) clip.step(i);
    return clip;
  };
  book.judge("exact", "an exact predictor leads to the clean latent", [&] {
    const Clip clip = alone();
    const double gap = lt::distance(clip.x(), clip.clean());
    return gap <= 1e-4 ? std::string() : fmt::format("it ends {:.2g} of its size away from the clean latent", gap);
  });
  book.judge("state", "what it remembers lies in the state, so that it serves many clips at a time", [&] {
    const Tensor expected = alone().x();
    Clip first(sampler, 1);
    Clip second(sampler, 2);
    for (std::size_t i = 0; i < steps; ++i) {
      first.step(i);
      second.step(i);
    }
    return std::string(first.x().equal(expected) ? "" : "with a second clip beside it, the same clip ends elsewhere");
  });
}

}  // namespace flashmotion
