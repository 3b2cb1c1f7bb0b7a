#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/core/any/any_objective.hpp"
#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/score_identity.hpp"
#include "flashmotion/objectives/weighted_sum.hpp"
#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace diffusion_test {

using compare::close_to;
using flashmotion::AdversarialLoss;
using flashmotion::DiffusionLoss;
using flashmotion::DiffusionTarget;
using flashmotion::DiscriminatorLoss;
using flashmotion::DistributionMatching;
using flashmotion::GradientPenalty;
using flashmotion::Quantity;
using flashmotion::Rng;
using flashmotion::ScoreIdentity;
using flashmotion::StepView;
using flashmotion::Tensor;
using given_source::GivenSource;
using given_source::value_of;

TEST_CASE("the objectives keep their laws", "[objectives][law]") {
  laws::check_objective(DiffusionLoss({}));
  laws::check_objective(DiffusionLoss({.compare = DiffusionTarget::clean}));
  laws::check_objective(DiffusionLoss({.compare = DiffusionTarget::noise}));
  laws::check_objective(DiffusionLoss({.levels = flashmotion::LevelWeighting::table}));
  laws::check_objective(DistributionMatching({}));
  laws::check_objective(DistributionMatching({.given_frame = true}));
  laws::check_objective(ScoreIdentity({}));
  laws::check_objective(GradientPenalty({}));
  laws::check_objective(GradientPenalty({.of = flashmotion::PenaltySide::fake}));
  laws::check_objective(AdversarialLoss({}));
  laws::check_objective(AdversarialLoss({.relativistic = true}));
  laws::check_objective(DiscriminatorLoss({}));
  laws::check_objective(DiscriminatorLoss({.relativistic = true}));
  laws::check_objective(flashmotion::AnyObjective(DiffusionLoss({})));
  laws::check_objective(
      flashmotion::WeightedSum(std::pair{2.0, DiffusionLoss({})}, std::pair{1.0, AdversarialLoss({})}));
}

TEST_CASE("the diffusion loss is the mean square over the generated frames", "[objectives][unit]") {
  // Frame 0 differs by 100 and does not count; the others by 1 and 3: (1 + 9) / 2.
  const Tensor have = torch::tensor({100.0F, 1.0F, 3.0F}).view({1, 1, 3, 1, 1});
  const Tensor want = torch::zeros({1, 1, 3, 1, 1});
  GivenSource velocities({{Quantity::velocity_prediction, have}, {Quantity::velocity_target, want}});
  CHECK(value_of(DiffusionLoss({}), velocities) == Approx(5.0));
  CHECK(velocities.computed() == 2);
  GivenSource clean({{Quantity::clean_prediction, have}, {Quantity::clean, want}});
  CHECK(value_of(DiffusionLoss({.compare = DiffusionTarget::clean}), clean) == Approx(5.0));
}

TEST_CASE("the loss of noises is that of velocities at the part of the clean latent", "[objectives][unit]") {
  // At sigma 0.75 the noise differs by a quarter of what the velocity differs by.
  const Tensor have = torch::tensor({0.0F, 4.0F, 8.0F}).view({1, 1, 3, 1, 1});
  GivenSource source({{Quantity::velocity_prediction, have},
                      {Quantity::velocity_target, torch::zeros_like(have)},
                      {Quantity::sigma, torch::tensor({0.75F})}});
  CHECK(value_of(DiffusionLoss({.compare = DiffusionTarget::noise}), source) == Approx(2.5));
}

TEST_CASE("noise levels may count by the weights of the training table", "[objectives][unit]") {
  const Tensor have = torch::ones({2, 1, 3, 1, 1});
  GivenSource source({{Quantity::velocity_prediction, have},
                      {Quantity::velocity_target, have * 0},
                      {Quantity::sigma, torch::tensor({1.0F, 0.9375F})}});
  // Weights 0 and 0.39795, see the table's own test.
  CHECK(value_of(DiffusionLoss({.levels = flashmotion::LevelWeighting::table}), source) ==
        Approx(0.39795 / 2).epsilon(1e-4));
}

TEST_CASE("score identity is its formula, with gradients through both scores", "[objectives][unit]") {
  const std::vector<std::int64_t> shape{2, 3, 3, 4, 4};
  const Tensor sample = Rng(1, "sample").normal(shape);
  const Tensor real = Rng(1, "real").normal(shape).requires_grad_(true);
  const Tensor fake = Rng(1, "fake").normal(shape).requires_grad_(true);
  GivenSource source(
      {{Quantity::student_sample, sample}, {Quantity::live_real_score, real}, {Quantity::live_fake_score, fake}});
  const ScoreIdentity objective({.alpha = 0.5, .given_frame = true});
  const Tensor value = objective(StepView(source, objective.needs(), 0)).value;
  const Tensor scale = (sample - real.detach()).abs().mean({1, 2, 3, 4}, true);
  const Tensor want = ((real - fake) * ((real - sample) - 0.5 * (real - fake)) / scale).mean();
  CHECK_THAT(value, close_to(want));
  value.backward();
  CHECK(real.grad().abs().max().item<double>() > 0);
  CHECK(fake.grad().abs().max().item<double>() > 0);
}

TEST_CASE("the gradient penalty is the mean square of a difference quotient", "[objectives][unit]") {
  const Tensor slope = flashmotion::logit_slope(torch::tensor({1.01F, 2.0F}), torch::tensor({1.0F, 2.04F}), 0.01);
  GivenSource source({{Quantity::real_slope, slope.view({2, 1})}});
  CHECK(value_of(GradientPenalty({}), source) == Approx((1.0 + 16.0) / 2).epsilon(1e-3));
}

TEST_CASE("the adversarial losses are those of the logistic GAN", "[objectives][unit]") {
  const Tensor real = torch::tensor({1.0F, -2.0F}).view({2, 1});
  const Tensor fake = torch::tensor({0.5F, 0.0F}).view({2, 1});
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  GivenSource source({{Quantity::real_logits, real}, {Quantity::fake_logits, fake}});
  CHECK(value_of(AdversarialLoss({}), source) == Approx((softplus(-0.5) + softplus(0)) / 2));
  CHECK(value_of(AdversarialLoss({.relativistic = true}), source) == Approx((softplus(0.5) + softplus(-2)) / 2));
  CHECK(value_of(DiscriminatorLoss({}), source) ==
        Approx((softplus(-1) + softplus(2)) / 2 + (softplus(0.5) + softplus(0)) / 2));
  CHECK(value_of(DiscriminatorLoss({.relativistic = true}), source) == Approx((softplus(-0.5) + softplus(2)) / 2));
}

TEST_CASE("the adversarial loss does not ask for real logits unless it compares", "[objectives][unit]") {
  CHECK_FALSE(AdversarialLoss({}).needs().contains(Quantity::real_logits));
  CHECK(AdversarialLoss({.relativistic = true}).needs().contains(Quantity::real_logits));
}

TEST_CASE("the gradient of distribution matching is its formula, over the generated frames", "[objectives][unit]") {
  const std::vector<std::int64_t> shape{2, 3, 3, 4, 4};
  const Tensor sample = Rng(1, "sample").normal(shape).requires_grad_(true);
  const Tensor real = Rng(1, "real").normal(shape);
  const Tensor fake = Rng(1, "fake").normal(shape);
  GivenSource source({{Quantity::student_sample, sample}, {Quantity::real_score, real}, {Quantity::fake_score, fake}});
  const DistributionMatching objective({});
  const Tensor value = objective(StepView(source, objective.needs(), 0)).value;
  value.backward();

  const auto generated = [](const Tensor& x) { return x.detach().slice(2, 1); };
  const Tensor scale = (generated(sample) - generated(real)).abs().mean({1, 2, 3, 4}, true);
  const Tensor direction = (generated(fake) - generated(real)) / scale;
  Tensor want = torch::zeros(shape);
  want.slice(2, 1).copy_(direction / static_cast<double>(direction.numel()));
  CHECK_THAT(sample.grad(), close_to(want, {1e-7, 1e-5}));
  CHECK(value.item<double>() == Approx(direction.square().mean().item<double>() / 2));
}

TEST_CASE("distribution matching stays finite where sample and score agree", "[objectives][unit]") {
  const Tensor same = torch::ones({1, 2, 3, 2, 2});
  const Tensor sample = same.clone().requires_grad_(true);
  GivenSource source(
      {{Quantity::student_sample, sample}, {Quantity::real_score, same}, {Quantity::fake_score, same + 1e-3}});
  const DistributionMatching objective({.normaliser_floor = 1e-2});
  objective(StepView(source, objective.needs(), 0)).value.backward();
  CHECK(sample.grad().abs().max().item<double>() == Approx(0.1 / 16).epsilon(1e-3));
}

TEST_CASE("a sum of objectives weighs each and needs what they need", "[objectives][unit]") {
  const Tensor ones = torch::ones({1, 1, 3, 1, 1});
  GivenSource source({{Quantity::velocity_prediction, ones * 3},
                      {Quantity::velocity_target, ones},
                      {Quantity::fake_logits, torch::zeros({1, 1})}});
  const flashmotion::WeightedSum sum(std::pair{0.5, DiffusionLoss({})}, std::pair{2.0, AdversarialLoss({})});
  CHECK(sum.needs() ==
        flashmotion::Quantities{Quantity::velocity_prediction, Quantity::velocity_target, Quantity::fake_logits});
  CHECK(value_of(sum, source) == Approx(0.5 * 4 + 2 * std::log(2.0)));
}

}  // namespace diffusion_test
