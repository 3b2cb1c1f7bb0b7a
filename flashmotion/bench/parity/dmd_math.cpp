#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/parity/components.hpp"
#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/score_identity.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/samplers/flow_path.hpp"
#include "flashmotion/samplers/flow_table.hpp"
#include "flashmotion/samplers/guidance.hpp"
#include "flashmotion/samplers/timestep_rounding.hpp"

#include <fmt/format.h>
#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion::parity {
namespace dmd_math_detail {

// Quantities that were computed elsewhere.
class Given final : public QuantitySource {
 public:
  explicit Given(std::map<Quantity, Tensor> given) : given_(std::move(given)) {}

 protected:
  Tensor compute(Quantity quantity) override { return given_.at(quantity); }

 private:
  std::map<Quantity, Tensor> given_;
};

template <Objective L>
Tensor value(const L& objective, std::map<Quantity, Tensor> given) {
  Given source(std::move(given));
  return objective(StepView(source, objective.needs(), 0)).value;
}

Tensor leaf(const Tensor& x) { return x.detach().clone().requires_grad_(true); }
Tensor gradient_of(const Tensor& loss, const Tensor& x) { return torch::autograd::grad({loss}, {x})[0]; }

// The fixtures' [B, F, C, H, W] as a latent [B, C, T, H, W] with a given frame before them, which losses leave out.
Tensor after_given_frame(const Tensor& x) {
  const Tensor latent = x.transpose(1, 2);
  return torch::cat({torch::zeros_like(latent.narrow(2, 0, 1)), latent}, 2);
}

// Scores and the losses on their difference.
void scores(const Fixture& fixture, double extra_guidance, NamedTensors& out) {
  const Tensor x = leaf(fixture.input("x"));
  const Tensor fake = fixture.input("p_fake");
  // The released training adds `s (cond - uncond)` to cond: a guidance of s + 1.
  const Tensor real = guide(fixture.input("p_cond"), fixture.input("p_uncond"), extra_guidance + 1.0);
  const Tensor normaliser = score_normaliser(x, real, 0.0);
  const Tensor gradient = matching_gradient(fake, real, normaliser);
  const Tensor loss =
      value(DistributionMatching({.normaliser_floor = 0.0, .given_frame = true}),
            {{Quantity::student_sample, x}, {Quantity::real_score, real}, {Quantity::fake_score, fake}});
  const Tensor masked =
      squares_with_gradient(x, gradient).masked_select(fixture.input("mask").to(torch::kBool)).mean() * 0.5;
  const Tensor same = x.detach();
  const Tensor identity =
      value(ScoreIdentity({.normaliser_floor = 0.0, .given_frame = true}),
            {{Quantity::student_sample, x}, {Quantity::live_real_score, real}, {Quantity::live_fake_score, fake}});
  out.insert(out.end(), {{"dmd.p_real", real},
                         {"dmd.normaliser", normaliser},
                         {"dmd.gradient", gradient},
                         {"dmd.gradient_norm", gradient.abs().mean().view(1)},
                         {"dmd.loss", loss.view(1)},
                         {"dmd.loss_masked", masked.view(1)},
                         {"dmd.dloss_dx", gradient_of(loss, x)},
                         {"dmd.dloss_masked_dx", gradient_of(masked, x)},
                         {"dmd.gradient_when_equal", matching_gradient(same, same, score_normaliser(x, same, 0.0))},
                         {"sid.loss", identity.view(1)}});
}

void adversarial(const Fixture& fixture, double r1_sigma, NamedTensors& out) {
  const Tensor real = leaf(fixture.input("logits_real"));
  const Tensor fake = leaf(fixture.input("logits_fake"));
  const std::map<Quantity, Tensor> logits{{Quantity::real_logits, real}, {Quantity::fake_logits, fake}};
  const Tensor generator = value(AdversarialLoss({}), logits);
  const Tensor discriminator = value(DiscriminatorLoss({}), logits);
  const Tensor slope = logit_slope(fixture.input("logits_real_perturbed"), real, r1_sigma);
  out.insert(out.end(),
             {{"gan.generator", generator.view(1)},
              {"gan.discriminator", discriminator.view(1)},
              {"gan.relativistic_generator", value(AdversarialLoss({.relativistic = true}), logits).view(1)},
              {"gan.relativistic_discriminator", value(DiscriminatorLoss({.relativistic = true}), logits).view(1)},
              {"gan.r1", value(GradientPenalty({}), {{Quantity::real_slope, slope}}).view(1)},
              {"gan.d_generator_d_fake", gradient_of(generator, fake)},
              {"gan.d_discriminator_d_real", gradient_of(discriminator, real)}});
}

void conversions(const Fixture& fixture, NamedTensors& out) {
  const FlowPath path;
  const Tensor x = fixture.input("x"), noise = fixture.input("noise"), v = fixture.input("v");
  const Tensor sigma = fixture.input("sigma");
  const Tensor noisy = path.diffuse(x, noise, sigma);
  const Tensor target = path.target(x, noise);
  const Tensor clean = path.to_clean(noisy, v, sigma);
  const std::map<Quantity, Tensor> quantities{{Quantity::clean, after_given_frame(x)},
                                              {Quantity::clean_prediction, after_given_frame(clean)},
                                              {Quantity::velocity_prediction, after_given_frame(v)},
                                              {Quantity::velocity_target, after_given_frame(target)},
                                              {Quantity::sigma, sigma}};
  const auto critic = [&](DiffusionTarget what) { return value(DiffusionLoss({.compare = what}), quantities).view(1); };
  out.insert(out.end(), {{"convert.x_t", noisy},
                         {"convert.v_target", target},
                         {"convert.x0_from_v", clean},
                         {"convert.eps_from_v", path.to_noise(noisy, v, sigma)},
                         {"convert.v_from_x0", path.to_velocity(noisy, fixture.input("p_cond"), sigma)},
                         {"critic.x0", critic(DiffusionTarget::clean)},
                         {"critic.flow", critic(DiffusionTarget::velocity)},
                         {"critic.noise", critic(DiffusionTarget::noise)}});
}

void schedule(const Fixture& fixture, double shift, const std::vector<std::int64_t>& steps, NamedTensors& out) {
  const Tensor timesteps = fixture.input("timestep");
  for (const double s : {5.0, 8.0}) {
    const FlowTable table(s);
    const std::string name = fmt::format("table.shift{:.0f}", s);
    out.push_back({name, table.sigmas()});
    out.push_back({name + ".nearest_sigma", table.sigmas().index_select(0, table.nearest(timesteps))});
  }
  out.push_back({"table.training_weight", FlowTable(shift).training_weights()});
  const Tensor warped = shift_sigma(timesteps / 1000, shift) * 1000;
  out.push_back({"warp.timestep", warped});
  out.push_back({"warp.timestep_clamped", warped.clamp(20.0, 980.0)});
  const FewStep sampler({.step_list = steps, .shift = shift});
  const std::vector<double> levels(sampler.sigmas().begin(), sampler.sigmas().end() - 1);
  out.push_back({"warp.steps", torch::tensor(levels, torch::kFloat64) * 1000});
  std::vector<double> rounded;
  for (std::int64_t i = 0; i < timesteps.size(0); ++i) {
    rounded.push_back(round_timestep(timesteps[i].item<double>(), TimestepRounding::bfloat16));
  }
  out.push_back({"bf16.timestep", torch::tensor(rounded, torch::kFloat64)});
}

}  // namespace dmd_math_detail

NamedTensors compute_dmd_math(const Fixture& fixture) {
  using namespace dmd_math_detail;
  const auto config = nlohmann::json::parse(fixture.config);
  NamedTensors computed;
  scores(fixture, config.at("guidance").get<double>(), computed);
  adversarial(fixture, config.at("r1_sigma").get<double>(), computed);
  conversions(fixture, computed);
  schedule(fixture, config.at("shift").get<double>(), config.at("steps").get<std::vector<std::int64_t>>(), computed);
  return computed;
}

}  // namespace flashmotion::parity
