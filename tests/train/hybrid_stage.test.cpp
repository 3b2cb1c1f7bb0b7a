#include "flashmotion/train/hybrid_stage.hpp"

#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/feature_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/mask_prediction.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "tests/support/compare.hpp"
#include "tests/train/tiny_world.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What feature matching, exact gradient penalties and levels of their own cost in the third stage, and what they come
// to. Its other passes are counted in stage.test.cpp.

namespace hybrid_stage_test {

using namespace tiny_world;
using flashmotion::AdversarialLoss;
using flashmotion::BatchSource;
using flashmotion::clone_values;
using flashmotion::ControlKind;
using flashmotion::Density;
using flashmotion::DiffusionLoss;
using flashmotion::DiscriminatorLoss;
using flashmotion::FeatureMatching;
using flashmotion::FewStep;
using flashmotion::GradientPenalty;
using flashmotion::HybridSettings;
using flashmotion::HybridStage;
using flashmotion::MaskPrediction;
using flashmotion::NamedTensors;
using flashmotion::ObjectivesByTarget;
using flashmotion::PenaltyForm;
using flashmotion::PenaltySide;
using flashmotion::Rng;
using flashmotion::StepReport;

DiffusionLoss clean_loss() { return DiffusionLoss({.compare = flashmotion::DiffusionTarget::clean}); }
struct Hybrid {
  BatchSource world = data();
  TinyGenerator generator{0.5}, features{0.6};
  TinyAdapter adapter;
  TinyHead head;
  HybridStage<TinyGenerator, TinyAdapter, TinyHead, FewStep> stage;

  explicit Hybrid(ObjectivesByTarget objectives, const HybridSettings& settings = make_settings())
      : stage(settings, world, generator, adapter, features, head, FewStep({.steps = 4, .shift = 3.0}),
              std::move(objectives)) {}
  static HybridSettings make_settings() {
    HybridSettings settings;
    settings.name = "h";
    settings.steps = 8;
    settings.batch = 2;
    return settings;
  }
};

TEST_CASE("feature matching takes a pass of the generated and one of the real latent, and no head", "[train][passes]") {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(FeatureMatching({}));
  Hybrid h(objectives);
  const NamedTensors adapter = clone_values(h.adapter.named_tensors());
  const NamedTensors features = clone_values(h.features.named_tensors());
  const StepReport report = h.stage.step(0);
  CHECK(h.generator.count().passes == 1);
  CHECK(h.features.count().passes == 2);
  CHECK(h.features.count().with_gradient == 1);
  CHECK(h.head.count().passes == 0);
  CHECK(h.stage.roles().size() == 1);
  CHECK_FALSE(equal(adapter, h.adapter.named_tensors()));
  CHECK(equal(features, h.features.named_tensors()));

  // The tiny features are 0.6 times the noised latent. Real and generated have the same noise, so they differ by
  // 0.6 (1 - sigma) times what the clean latents differ by, and the given frame not at all.
  Rng rng(0, "noise.h", 0);
  const FewStep student({.steps = 4, .shift = 3.0});
  const auto batch = h.world.draw("h", 0, 2, ControlKind::box);
  const Tensor level = flashmotion::draw_sigma({.density = Density::student_steps}, 2, student.sigmas(), rng);
  const Tensor noise = rng.normal(batch.clean.sizes());
  const Tensor seen = flashmotion::draw_sigma({}, 2, {}, rng);
  double sum = 0.0;
  for (std::int64_t b = 0; b < 2; ++b) {
    const double s = level[b].item<double>();
    const Tensor noisy = ((1 - s) * batch.clean[b] + s * noise[b]).slice(1, 1);
    const Tensor velocity = 0.5 * (noisy + 0.1 * batch.condition.control[b].slice(1, 1));
    const Tensor error = noisy - s * velocity - batch.clean[b].slice(1, 1);
    sum += 0.6 * (1 - seen[b].item<double>()) * error.abs().sum().item<double>();
  }
  CHECK(value(report, 0) == Approx(sum / static_cast<double>(batch.clean.numel())).epsilon(1e-4));
}

TEST_CASE("feature matching shares the generated latent's pass with the adversarial loss", "[train][passes]") {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(AdversarialLoss({}), FeatureMatching({}));
  Hybrid h(objectives);
  static_cast<void>(h.stage.step(0));
  CHECK(h.features.count().passes == 2);
  CHECK(h.head.count().passes == 1);
}

TEST_CASE("feature matching cannot train the discriminator", "[train][message]") {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(clean_loss());
  objectives["discriminator"] = stack(FeatureMatching({}));
  Hybrid h(objectives);
  CHECK_THROWS_WITH(h.stage.step(0),
                    Catch::Contains("comes from frozen features, so nothing of the discriminator can learn from it"));
}

TEST_CASE("the exact penalty is that of a hand calculation, and so is what the head learns from it",
          "[train][golden]") {
  for (const PenaltySide side : {PenaltySide::real, PenaltySide::fake}) {
    ObjectivesByTarget objectives;
    objectives["adapter"] = stack(clean_loss());
    objectives["discriminator"] = stack(GradientPenalty({.of = side, .form = PenaltyForm::exact}));
    Hybrid h(objectives);
    const NamedTensors head = clone_values(h.head.named_tensors());
    const NamedTensors features = clone_values(h.features.named_tensors());
    const NamedTensors generator = clone_values(h.generator.named_tensors());
    const StepReport report = h.stage.step(0);
    // The mean of 2 x 4 x 4 logits 0.6 x 0.2 (x_1 + x_2 + x_3): each number of the frame that is not given has slope
    // 0.12 / 32, and there are 3 x 4 x 4 of them.
    CHECK(value(report, 1) == Approx(48 * 0.12 * 0.12 / (32.0 * 32.0)));
    // In the head's w = (0.2, 0.2, 0.2) it is 16 (0.6 / 32)^2 |w|^2, whose gradient is twice that times w.
    REQUIRE(report.gradient_norms.back().first == "discriminator");
    CHECK(report.gradient_norms.back().second.item<double>() ==
          Approx(2 * 16 * (0.6 / 32) * (0.6 / 32) * 0.2 * std::sqrt(3.0)));
    CHECK(h.features.count().passes == 1);
    CHECK_FALSE(equal(head, h.head.named_tensors()));
    CHECK(equal(features, h.features.named_tensors()));
    CHECK(equal(generator, h.generator.named_tensors()));
  }
}

TEST_CASE("diffusion objectives at levels of their own leave the discriminator's step as it is", "[train][passes]") {
  const auto made = [](Density density) {
    ObjectivesByTarget objectives;
    objectives["adapter"] = stack(clean_loss(), AdversarialLoss({}));
    objectives["discriminator"] = stack(DiscriminatorLoss({}));
    HybridSettings settings = Hybrid::make_settings();
    settings.diffusion_timesteps = {.density = density, .shift = 5.0};
    return std::make_unique<Hybrid>(objectives, settings);
  };
  const auto same = made(Density::student_steps), other = made(Density::full_range);
  const StepReport at_student = same->stage.step(0), anywhere = other->stage.step(0);
  CHECK(same->generator.count().passes == 1);
  CHECK(other->generator.count().passes == 2);
  CHECK(value(anywhere, 0) != value(at_student, 0));
  CHECK(value(anywhere, 1) == value(at_student, 1));
  CHECK(value(anywhere, 2) == value(at_student, 2));
}

TEST_CASE("diffusion objectives alone have one pass, at their own levels", "[train][golden]") {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(clean_loss());
  HybridSettings settings = Hybrid::make_settings();
  settings.diffusion_timesteps = {.density = Density::uniform, .shift = 1.0, .low = 0.5, .high = 0.5};
  Hybrid h(objectives, settings);
  const StepReport report = h.stage.step(0);
  CHECK(h.generator.count().passes == 1);
  // At level 1/2: x = (clean + noise) / 2, clean estimate x - 0.25 (x + 0.1 control).
  Rng rng(0, "diffusion.h", 0);
  static_cast<void>(rng.uniform({2}));
  const auto batch = h.world.draw("h", 0, 2, ControlKind::box);
  const Tensor x = (batch.clean + rng.normal(batch.clean.sizes())) / 2;
  const Tensor error = (x * 0.75 - 0.025 * batch.condition.control - batch.clean).slice(2, 1);
  CHECK(value(report, 0) == Approx(error.square().mean().item<double>()).epsilon(1e-4));
}

TEST_CASE("mask prediction without a head is told", "[train][message]") {
  BatchSource world = data();
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(MaskPrediction({}));
  Hybrid h(objectives);
  CHECK_THROWS_WITH(h.stage.step(0), Catch::Contains("'mask_logits' does not exist in a denoising stage"));
}

}  // namespace hybrid_stage_test
