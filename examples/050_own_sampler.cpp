// A sampler of one's own: noise levels, and one step from level to level. It is compared with Euler's, pass for pass,
// against a clip made in many steps.

#include "examples/tiny_world.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/sample.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

namespace flashmotion::example {

/// Adams and Bashforth's second order: the velocity of the step before tells where this one is heading.
class AdamsBashforth {
 public:
  AdamsBashforth(std::int64_t steps, double shift) : sigmas_(shifted_sigmas(steps, shift)) {}

  [[nodiscard]] std::span<const double> sigmas() const { return sigmas_; }
  [[nodiscard]] Tensor step(const Tensor& x, const Tensor& velocity, std::size_t i, SamplerState& state,
                            Rng& /*rng*/) const {
    const double h = sigmas_[i + 1] - sigmas_[i];
    Tensor slope = velocity;
    // The last step ends at the clean latent, so it follows the network's own estimate.
    if (i > 0 && i + 2 < sigmas_.size())
      slope = velocity + (velocity - state.history.back()) * (h / (2 * (sigmas_[i] - sigmas_[i - 1])));
    state.history = {velocity};
    return x + slope * h;
  }

 private:
  std::vector<double> sigmas_;
};
static_assert(Sampler<AdamsBashforth>);

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  using namespace flashmotion::example;
  BatchSource data = tiny_data();
  wan::DitGenerator generator(tiny_transformer(), 0);
  DenoisingStage<wan::DitGenerator, AnyAdapter> stage(
      tiny_training("generator", 60), data, generator, std::nullopt,
      ObjectiveStack({{"flow", AnyObjective(DiffusionLoss({})), ConstantWeight{1.0}, 1}}));
  for (std::int64_t step = 0; step < 60; ++step) stage.step(step);

  const at::NoGradGuard no_grad;
  const LatentBatch batch = data.draw("sampler", 0, 2, ControlKind::box);
  Conditioned<wan::DitGenerator, AnyAdapter> conditioned(generator, nullptr, batch.condition);
  Rng rng(0, "noise");
  const Tensor noise = rng.normal(batch.clean.sizes());

  const auto make = [&](const auto& sampler) { return sample(sampler, conditioned, noise, rng); };
  const Tensor exact = make(Euler({.steps = 400, .shift = 1.0}));
  const auto distance = [&](const Tensor& clip) {
    return (clip - exact).norm().item<double>() / exact.norm().item<double>();
  };
  const double euler = distance(make(Euler({.steps = 8, .shift = 1.0})));
  const double own = distance(make(AdamsBashforth(8, 1.0)));
  fmt::print("eight passes: {:.2e} from the exact clip with Euler, {:.2e} with Adams and Bashforth\n", euler, own);
  return own < euler ? 0 : 1;
}
