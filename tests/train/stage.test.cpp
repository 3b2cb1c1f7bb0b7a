#include "flashmotion/base/error.hpp"
#include "flashmotion/data/word_embedder.hpp"
#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/gradient_penalty.hpp"
#include "flashmotion/objectives/score_identity.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/train/distil_stage.hpp"
#include "flashmotion/train/hybrid_stage.hpp"
#include "tests/support/catch.hpp"
#include "tests/train/tiny_world.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

// Each stage computes what its objectives need and no more: the passes of all networks are counted.

namespace stage_test {

using namespace tiny_world;
using flashmotion::AdversarialLoss;
using flashmotion::AnyObjective;
using flashmotion::BatchSource;
using flashmotion::clone_values;
using flashmotion::DenoisingSettings;
using flashmotion::DenoisingStage;
using flashmotion::DiffusionLoss;
using flashmotion::DiscriminatorLoss;
using flashmotion::DistilSettings;
using flashmotion::DistilStage;
using flashmotion::DistributionMatching;
using flashmotion::FewStep;
using flashmotion::HybridSettings;
using flashmotion::HybridStage;
using flashmotion::NamedTensors;
using flashmotion::ObjectivesByTarget;
using flashmotion::ObjectiveStack;
using flashmotion::Rng;
using flashmotion::StepReport;

DiffusionLoss velocity_loss() { return DiffusionLoss({}); }
DiffusionLoss clean_loss() { return DiffusionLoss({.compare = flashmotion::DiffusionTarget::clean}); }

std::vector<std::string> term_names(const StepReport& report) {
  std::vector<std::string> names;
  for (const auto& term : report.terms) names.push_back(term.name);
  return names;
}

DenoisingSettings denoising(std::int64_t mask_steps = 0) {
  DenoisingSettings settings;
  settings.name = "s";
  settings.steps = 4;
  settings.batch = 2;
  settings.mask_steps = mask_steps;
  return settings;
}

TEST_CASE("a pretraining step is one pass", "[train][passes]") {
  BatchSource world = data();
  const TinyGenerator generator;
  DenoisingStage<TinyGenerator, TinyAdapter> stage(denoising(), world, generator, std::nullopt, stack(velocity_loss()));
  const NamedTensors before = clone_values(generator.named_tensors());
  const StepReport report = stage.step(0);
  CHECK(generator.count().passes == 1);
  CHECK(generator.count().clips == 2);
  CHECK(term_names(report) == std::vector<std::string>{"diffusion"});
  REQUIRE(report.gradient_norms.size() == 1);
  CHECK(report.gradient_norms[0].first == "generator");
  CHECK_FALSE(equal(before, generator.named_tensors()));
  CHECK_FALSE(generator.named_tensors()[0].tensor.requires_grad());
}

TEST_CASE("an adapter step is one pass of each, on a frozen generator", "[train][passes]") {
  BatchSource world = data();
  const TinyGenerator generator;
  const TinyAdapter adapter;
  DenoisingStage<TinyGenerator, TinyAdapter> stage(denoising(), world, generator, adapter, stack(velocity_loss()));
  const NamedTensors frozen = clone_values(generator.named_tensors());
  const NamedTensors before = clone_values(adapter.named_tensors());
  static_cast<void>(stage.step(0));
  CHECK(generator.count().passes == 1);
  CHECK(adapter.count().passes == 1);
  CHECK(equal(frozen, generator.named_tensors()));
  CHECK_FALSE(equal(before, adapter.named_tensors()));
  REQUIRE(stage.roles().size() == 1);
  CHECK(stage.roles()[0]->name() == "adapter");
}

TEST_CASE("control is masks first and boxes from mask_steps on", "[train][unit]") {
  BatchSource world = data();
  const TinyAdapter adapter;
  DenoisingStage<TinyGenerator, TinyAdapter> stage(denoising(2), world, TinyGenerator(), adapter,
                                                   stack(velocity_loss()));
  for (int i = 0; i < 4; ++i) static_cast<void>(stage.step(i));
  const std::vector<double>& sums = adapter.control_sums();
  REQUIRE(sums.size() == 4);
  // A mask is one pixel, a box half the picture.
  CHECK(sums[0] == Approx(sums[1]));
  CHECK(sums[2] == Approx(sums[3]));
  CHECK(sums[0] < sums[2]);
}

/// One number for all that a clip's objects cover.
struct CoverLoss {
  [[nodiscard]] std::string_view name() const { return "cover"; }
  [[nodiscard]] flashmotion::Quantities needs() const {
    return {flashmotion::Quantity::velocity_prediction, flashmotion::Quantity::object_cover};
  }
  [[nodiscard]] flashmotion::LossTerm operator()(const flashmotion::StepView& view) const {
    return {view[flashmotion::Quantity::object_cover].mean() +
            0.0 * view[flashmotion::Quantity::velocity_prediction].sum()};
  }
};

TEST_CASE("a stage that knows the objects supplies what they cover", "[train][unit]") {
  BatchSource world = data();
  DenoisingStage<TinyGenerator, TinyAdapter> stage(denoising(), world, TinyGenerator(), TinyAdapter(),
                                                   flashmotion::ObjectiveStack({{"cover", AnyObjective(CoverLoss())}}));
  const StepReport report = stage.step(0);
  // The box is the left half of the picture.
  CHECK(report.terms[0].value.item<double>() == Approx(0.5));
  CHECK(report.terms[0].weight == 1.0);
}

/// White where an object is asked for by its box, and grey by its mask.
struct TwoGreys {
  [[nodiscard]] Tensor encode(const flashmotion::TrajectoryRequest& request) const {
    return torch::full({request.boxes.size(0), 3, request.boxes.size(2), request.height, request.width},
                       request.masks.defined() ? 0.5 : 1.0);
  }
};

TEST_CASE("the control latent is that of the run's trajectory encoder", "[train][unit]") {
  using flashmotion::ControlKind;
  const BatchSource world(flashmotion::AnyDataset(TinyClips{}), flashmotion::AnyCodec(TinyCodec{}),
                          flashmotion::WordEmbedder({.width = 4, .length = 2}), "", 0,
                          flashmotion::AnyTrajectoryEncoder(TwoGreys{}));
  CHECK(world.draw("s", 0, 2, ControlKind::box).condition.control.min().item<double>() == 1.0);
  CHECK(world.draw("s", 0, 2, ControlKind::mask).condition.control.max().item<double>() == 0.5);
}

TEST_CASE("a step depends on state and number only", "[train][law]") {
  BatchSource world = data();
  const TinyGenerator a, b;
  DenoisingStage<TinyGenerator, TinyAdapter> one(denoising(), world, a, std::nullopt, stack(velocity_loss()));
  DenoisingStage<TinyGenerator, TinyAdapter> two(denoising(), world, b, std::nullopt, stack(velocity_loss()));
  const double first = one.step(3).terms[0].value.item<double>();
  CHECK(two.step(3).terms[0].value.item<double>() == first);
  CHECK(equal(a.named_tensors(), b.named_tensors()));
  CHECK(two.step(2).terms[0].value.item<double>() != first);
}

TEST_CASE("a quantity that a stage does not have is named", "[train][message]") {
  BatchSource world = data();
  DenoisingStage<TinyGenerator, TinyAdapter> stage(denoising(), world, TinyGenerator(), std::nullopt,
                                                   stack(DistributionMatching({})));
  CHECK_THROWS_WITH(stage.step(0),
                    "the quantity 'student_sample' does not exist in a denoising stage; use the objective in another "
                    "stage");
}

struct Distillation {
  BatchSource world = data(5);
  TinyGenerator student{0.5}, real{0.6}, fake{0.7};
  DistilSettings settings;
  DistilStage<TinyGenerator, TinyAdapter, FewStep> stage;

  explicit Distillation(std::int64_t every, ObjectivesByTarget objectives = default_objectives())
      : settings(make_settings(every)),
        stage(settings, world, {.student = student, .real = real, .fake = fake}, FewStep({.steps = 4, .shift = 3.0}),
              std::move(objectives)) {}
  static DistilSettings make_settings(std::int64_t every) {
    DistilSettings settings;
    settings.name = "d";
    settings.seed = 5;
    settings.steps = 8;
    settings.batch = 2;
    settings.generator_every = every;
    return settings;
  }
  static ObjectivesByTarget default_objectives() {
    ObjectivesByTarget objectives;
    objectives["generator"] = stack(DistributionMatching({}));
    objectives["fake_score"] = stack(velocity_loss());
    return objectives;
  }
  // The exit that the stage draws, first of all.
  [[nodiscard]] std::int64_t exit(std::int64_t step) const {
    return Rng(settings.seed, "noise.d", static_cast<std::uint64_t>(step)).integer(0, 4);
  }
};

TEST_CASE("a distillation step simulates to its exit and asks each score once", "[train][passes]") {
  Distillation d(1);
  const NamedTensors real = clone_values(d.real.named_tensors());
  std::int64_t passes = 0, longest = 0;
  for (std::int64_t step = 0; step < 8; ++step) {
    const NamedTensors student = clone_values(d.student.named_tensors());
    const NamedTensors fake = clone_values(d.fake.named_tensors());
    const StepReport report = d.stage.step(step);
    passes += d.exit(step) + 1;
    longest = std::max(longest, d.exit(step));
    CHECK(d.student.count().passes == passes);
    CHECK(d.student.count().with_gradient == step + 1);  // the last pass alone
    CHECK(d.real.count().passes == step + 1);
    CHECK(d.real.count().with_gradient == 0);
    CHECK(d.fake.count().passes == 2 * (step + 1));
    CHECK(d.fake.count().with_gradient == step + 1);
    CHECK(term_names(report) == std::vector<std::string>{"distribution_matching", "diffusion"});
    CHECK_FALSE(equal(student, d.student.named_tensors()));
    CHECK_FALSE(equal(fake, d.fake.named_tensors()));
  }
  CHECK(longest == 3);
  CHECK(equal(real, d.real.named_tensors()));
}

TEST_CASE("between two updates of the student only the fake score is trained", "[train][passes]") {
  Distillation d(3);
  static_cast<void>(d.stage.step(0));
  const NamedTensors student = clone_values(d.student.named_tensors());
  const std::int64_t before = d.student.count().passes;
  const StepReport report = d.stage.step(1);
  CHECK(d.student.count().passes == before + d.exit(1) + 1);
  CHECK(d.student.count().with_gradient == 1);
  CHECK(d.real.count().passes == 1);
  CHECK(d.fake.count().passes == 3);
  CHECK(term_names(report) == std::vector<std::string>{"diffusion"});
  CHECK(equal(student, d.student.named_tensors()));
  static_cast<void>(d.stage.step(2));
  CHECK(d.real.count().passes == 1);
  static_cast<void>(d.stage.step(3));
  CHECK(d.real.count().passes == 2);
}

TEST_CASE("score identity takes gradients through both scores and trains neither", "[train][passes]") {
  ObjectivesByTarget objectives = Distillation::default_objectives();
  objectives["generator"] = stack(flashmotion::ScoreIdentity({}));
  Distillation d(1, objectives);
  const NamedTensors real = clone_values(d.real.named_tensors());
  const NamedTensors student = clone_values(d.student.named_tensors());
  static_cast<void>(d.stage.step(0));
  CHECK(d.real.count().with_gradient == 1);
  CHECK(d.fake.count().with_gradient == 2);
  CHECK(equal(real, d.real.named_tensors()));
  CHECK_FALSE(equal(student, d.student.named_tensors()));
}

TEST_CASE("guidance of the real score is a second pass of it", "[train][passes]") {
  Distillation plain(1);
  DistilSettings settings = Distillation::make_settings(1);
  settings.real_guidance = 7.0;
  DistilStage<TinyGenerator, TinyAdapter, FewStep> stage(
      settings, plain.world, {.student = plain.student, .real = plain.real, .fake = plain.fake},
      FewStep({.steps = 4, .shift = 3.0}), Distillation::default_objectives());
  static_cast<void>(stage.step(0));
  CHECK(plain.real.count().passes == 2);
}

TEST_CASE("a distilled generator's objective cannot ask for the discriminator", "[train][message]") {
  ObjectivesByTarget objectives;
  objectives["generator"] = stack(AdversarialLoss({}));
  Distillation d(1, objectives);
  CHECK_THROWS_WITH(d.stage.step(0),
                    "the quantity 'fake_logits' does not exist for the generator of a distillation; set the "
                    "objective's 'target'");
}

struct Hybrid {
  BatchSource world = data();
  TinyGenerator generator{0.5}, features{0.6};
  TinyAdapter adapter;
  TinyHead head;
  HybridStage<TinyGenerator, TinyAdapter, TinyHead, FewStep> stage;

  Hybrid(ObjectivesByTarget objectives, std::int64_t every = 1)
      : stage(settings(every), world, generator, adapter, features, head, FewStep({.steps = 4, .shift = 3.0}),
              std::move(objectives)) {}
  static HybridSettings settings(std::int64_t every) {
    HybridSettings settings;
    settings.name = "h";
    settings.steps = 8;
    settings.batch = 2;
    settings.adapter_every = every;
    return settings;
  }
};

ObjectivesByTarget diffusion_only() {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(clean_loss());
  return objectives;
}
ObjectivesByTarget adversarial(bool relativistic = false) {
  ObjectivesByTarget objectives;
  objectives["adapter"] = stack(AdversarialLoss({.relativistic = relativistic}));
  objectives["discriminator"] = stack(DiscriminatorLoss({.relativistic = relativistic}));
  return objectives;
}

TEST_CASE("a hybrid step without adversarial objectives never asks the discriminator", "[train][passes]") {
  Hybrid h(diffusion_only());
  static_cast<void>(h.stage.step(0));
  CHECK(h.generator.count().passes == 1);
  CHECK(h.adapter.count().passes == 1);
  CHECK(h.features.count().passes == 0);
  CHECK(h.head.count().passes == 0);
  REQUIRE(h.stage.roles().size() == 1);
  CHECK(h.stage.roles()[0]->name() == "adapter");
}

TEST_CASE("a hybrid step is one pass of the generator and two of the features", "[train][passes]") {
  Hybrid h(adversarial());
  const NamedTensors generator = clone_values(h.generator.named_tensors());
  const NamedTensors features = clone_values(h.features.named_tensors());
  const NamedTensors adapter = clone_values(h.adapter.named_tensors());
  const NamedTensors head = clone_values(h.head.named_tensors());
  const StepReport report = h.stage.step(0);
  CHECK(h.generator.count().passes == 1);
  CHECK(h.adapter.count().passes == 1);
  CHECK(h.features.count().passes == 2);
  CHECK(h.features.count().clips == 2 + 4);  // fake for the adapter, fake and real for the discriminator
  CHECK(h.head.count().passes == 2);
  CHECK(term_names(report) == std::vector<std::string>{"adversarial", "discriminator"});
  CHECK(equal(generator, h.generator.named_tensors()));
  CHECK(equal(features, h.features.named_tensors()));
  CHECK_FALSE(equal(adapter, h.adapter.named_tensors()));
  CHECK_FALSE(equal(head, h.head.named_tensors()));
  CHECK(h.stage.roles().size() == 2);
}

TEST_CASE("relativistic objectives cost one more pass of the features", "[train][passes]") {
  Hybrid h(adversarial(true));
  static_cast<void>(h.stage.step(0));
  CHECK(h.generator.count().passes == 1);
  CHECK(h.features.count().passes == 3);
}

TEST_CASE("a gradient penalty costs one pass of the features and trains the head alone", "[train][passes]") {
  ObjectivesByTarget objectives = adversarial();
  objectives["discriminator"] =
      ObjectiveStack({{"gan", AnyObjective(DiscriminatorLoss({})), flashmotion::ConstantWeight{1.0}, 1},
                      {"r1", AnyObjective(flashmotion::GradientPenalty({})), flashmotion::ConstantWeight{1.0}, 1}});
  Hybrid h(objectives);
  const NamedTensors features = clone_values(h.features.named_tensors());
  const StepReport report = h.stage.step(0);
  CHECK(h.features.count().passes == 3);
  CHECK(h.features.count().clips == 2 + 4 + 2);
  CHECK(equal(features, h.features.named_tensors()));
  REQUIRE(term_names(report).back() == "r1");
  CHECK(report.terms.back().value.item<double>() > 0);
}

TEST_CASE("steps between two updates of the adapter train the discriminator alone", "[train][passes]") {
  Hybrid h(adversarial(), 2);
  static_cast<void>(h.stage.step(0));
  const NamedTensors adapter = clone_values(h.adapter.named_tensors());
  const NamedTensors head = clone_values(h.head.named_tensors());
  const StepReport report = h.stage.step(1);
  CHECK(h.generator.count().passes == 2);
  CHECK(h.generator.count().with_gradient == 1);
  CHECK(h.features.count().passes == 3);
  CHECK(term_names(report) == std::vector<std::string>{"discriminator"});
  CHECK(equal(adapter, h.adapter.named_tensors()));
  CHECK_FALSE(equal(head, h.head.named_tensors()));
}

TEST_CASE("a step that trains nothing computes nothing", "[train][passes]") {
  Hybrid h(diffusion_only(), 2);
  static_cast<void>(h.stage.step(0));
  const StepReport report = h.stage.step(1);
  CHECK(report.terms.empty());
  CHECK(h.generator.count().passes == 1);
}

TEST_CASE("an objective with 'every' costs nothing in between", "[train][passes]") {
  ObjectivesByTarget objectives;
  objectives["adapter"] =
      ObjectiveStack({{"diffusion", AnyObjective(clean_loss()), flashmotion::ConstantWeight{1.0}, 1},
                      {"gan", AnyObjective(AdversarialLoss({})), flashmotion::ConstantWeight{1.0}, 2}});
  Hybrid h(objectives);
  CHECK(term_names(h.stage.step(0)) == std::vector<std::string>{"diffusion", "gan"});
  CHECK(h.features.count().passes == 1);
  CHECK(term_names(h.stage.step(1)) == std::vector<std::string>{"diffusion"});
  CHECK(h.features.count().passes == 1);
  CHECK(h.generator.count().passes == 2);
}

/// Pulls along one axis of a parameter.
struct AxisLoss {
  Tensor parameter;
  std::int64_t axis;
  double slope;
  [[nodiscard]] std::string_view name() const { return "axis"; }
  [[nodiscard]] flashmotion::Quantities needs() const { return {}; }
  [[nodiscard]] flashmotion::LossTerm operator()(const flashmotion::StepView&) const {
    return {parameter[axis] * slope};
  }
};
struct NoSource final : flashmotion::QuantitySource {
  Tensor compute(flashmotion::Quantity) override { throw flashmotion::Error("nothing is supplied"); }
};

TEST_CASE("each term's gradient is measured with its weight and against the whole", "[train][unit]") {
  const Tensor w = torch::ones({2});
  flashmotion::Role role("adapter", {{"w", w}}, {}, 0.0);
  role.measure_terms_every(2);
  // Gradients (3, 0) and 2 (0, 2): together (3, 4), of length 5.
  const ObjectiveStack objectives({{"along", AnyObjective(AxisLoss{w, 0, 3.0}), flashmotion::ConstantWeight{1.0}},
                                   {"across", AnyObjective(AxisLoss{w, 1, 2.0}), flashmotion::ConstantWeight{2.0}}});
  NoSource nothing;
  for (const std::int64_t step : {0, 1, 2}) {
    const flashmotion::TrainingScope scope(role);
    StepReport report;
    flashmotion::train_role(role, objectives, nothing, step, 10, report);
    REQUIRE(report.terms.size() == 2);
    CHECK(report.gradient_norms[0].second.item<double>() == Approx(5.0));
    if (step == 1) {
      CHECK_FALSE(report.terms[0].gradient_norm.defined());
      continue;
    }
    CHECK(report.terms[0].gradient_norm.item<double>() == Approx(3.0));
    CHECK(report.terms[1].gradient_norm.item<double>() == Approx(4.0));
    CHECK(report.terms[0].gradient_cosine.item<double>() == Approx(0.6));
    CHECK(report.terms[1].gradient_cosine.item<double>() == Approx(0.8));
  }
}

}  // namespace stage_test
