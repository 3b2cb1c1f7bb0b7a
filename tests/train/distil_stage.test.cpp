#include "flashmotion/train/distil_stage.hpp"

#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/distribution_matching.hpp"
#include "flashmotion/objectives/lcm.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "tests/support/compare.hpp"
#include "tests/train/tiny_world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

// Consistency distillation, and distillation of a generator and its adapter together. Distribution matching alone is in
// stage.test.cpp.

namespace distil_stage_test {

using namespace tiny_world;
using flashmotion::AnyObjective;
using flashmotion::BatchSource;
using flashmotion::clone_values;
using flashmotion::ConsistencyDistance;
using flashmotion::ConsistencyTarget;
using flashmotion::ConstantWeight;
using flashmotion::ControlKind;
using flashmotion::Density;
using flashmotion::DiffusionLoss;
using flashmotion::DistilNetworks;
using flashmotion::DistilSettings;
using flashmotion::DistilStage;
using flashmotion::DistributionMatching;
using flashmotion::FewStep;
using flashmotion::LatentBatch;
using flashmotion::Lcm;
using flashmotion::NamedTensors;
using flashmotion::ObjectivesByTarget;
using flashmotion::ObjectiveStack;
using flashmotion::Rng;
using flashmotion::StepReport;

using Stage = DistilStage<TinyGenerator, TinyAdapter, FewStep>;
using Networks = DistilNetworks<TinyGenerator, TinyAdapter>;

DistilSettings settings() {
  DistilSettings settings;
  settings.name = "d";
  settings.seed = 5;
  settings.steps = 8;
  settings.batch = 2;
  settings.generator_every = 1;
  settings.score_timesteps = {.density = Density::uniform, .shift = 1.0};
  settings.consistency = {.levels = 10, .skip = 3, .target = ConsistencyTarget::student};
  return settings;
}

ObjectivesByTarget lcm(ConsistencyDistance distance = ConsistencyDistance::l2) {
  ObjectivesByTarget objectives;
  objectives["generator"] = stack(Lcm({.distance = distance}));
  return objectives;
}

ObjectivesByTarget dmd() {
  ObjectivesByTarget objectives;
  objectives["generator"] = stack(DistributionMatching({}));
  objectives["fake_score"] = stack(DiffusionLoss({}));
  return objectives;
}

FewStep four() { return FewStep({.steps = 4, .shift = 1.0}); }

std::vector<std::string> role_names(Stage& stage) {
  std::vector<std::string> names;
  for (const flashmotion::Role* role : stage.roles()) names.push_back(role->name());
  return names;
}

double first_value(const StepReport& report) { return report.terms.front().value.item<double>(); }

/// What the objective must be in step 0 for networks whose velocity is a number times the latent: with `student` s,
/// `teacher` t and target g the sides are `(1 - from s) x` and `(1 - to g) (1 + (to - from) t) x`.
double expected(double student, double teacher, double target) {
  const LatentBatch batch = data(5).draw("d", 0, 2, ControlKind::box);
  Rng rng(5, "consistency.d", 0);
  double sum = 0.0;
  const Tensor drawn = rng.uniform({2});
  const Tensor noise = rng.normal(batch.clean.sizes());
  std::int64_t count = 0;
  for (std::int64_t b = 0; b < 2; ++b) {
    // Ten even steps; the teacher takes three at once.
    const double place = std::max(3.0, std::round(drawn[b].item<double>() * 10.0));
    const double from = place / 10.0, to = (place - 3.0) / 10.0;
    const Tensor x = ((1.0 - from) * batch.clean[b] + from * noise[b]).slice(1, 1);  // without the given frame
    const double factor = (1.0 - from * student) - (1.0 - to * target) * (1.0 + (to - from) * teacher);
    sum += (x * factor).square().sum().item<double>();
    count += x.numel();
  }
  return sum / static_cast<double>(count);
}

TEST_CASE("a step of consistency distillation is that of a hand calculation", "[train][golden]") {
  BatchSource world = data(5);
  Stage stage(settings(), world, Networks{.student = TinyGenerator(0.5), .real = TinyGenerator(0.6)}, four(), lcm());
  CHECK(first_value(stage.step(0)) == Approx(expected(0.5, 0.6, 0.5)).epsilon(1e-4));
}

TEST_CASE("guidance of the teacher bends its step", "[train][golden]") {
  // The tiny networks do not read the text, so guidance of any scale leaves the velocity; it costs a pass.
  BatchSource world = data(5);
  const TinyGenerator teacher(0.6);
  DistilSettings guided = settings();
  guided.real_guidance = 3.0;
  Stage stage(guided, world, Networks{.student = TinyGenerator(0.5), .real = teacher}, four(), lcm());
  CHECK(first_value(stage.step(0)) == Approx(expected(0.5, 0.6, 0.5)).epsilon(1e-4));
  CHECK(teacher.count().passes == 2);
}

TEST_CASE("consistency costs two passes of the student and one of the teacher, and no simulation", "[train][passes]") {
  BatchSource world = data(5);
  const TinyGenerator student(0.5), teacher(0.6);
  Stage stage(settings(), world, Networks{.student = student, .real = teacher}, four(), lcm());
  const NamedTensors before = clone_values(student.named_tensors()), frozen = clone_values(teacher.named_tensors());
  static_cast<void>(stage.step(0));
  CHECK(student.count().passes == 2);
  CHECK(student.count().with_gradient == 1);
  CHECK(teacher.count().passes == 1);
  CHECK(teacher.count().with_gradient == 0);
  CHECK(role_names(stage) == std::vector<std::string>{"generator"});
  CHECK_FALSE(equal(before, student.named_tensors()));
  CHECK(equal(frozen, teacher.named_tensors()));
}

TEST_CASE("the target of consistency is the running average", "[train][unit]") {
  BatchSource world = data(5);
  const TinyGenerator student(0.5), target(9.0);
  DistilSettings slow = settings();
  slow.ema = 0.99;
  slow.optimiser.learning_rate = 0.1;
  slow.optimiser.warmup = 0;
  Stage stage(slow, world, Networks{.student = student, .real = TinyGenerator(0.6), .target = target}, four(), lcm());
  // At first the average is the student, whatever the target network was made with.
  CHECK(first_value(stage.step(0)) == Approx(expected(0.5, 0.6, 0.5)).epsilon(1e-4));
  CHECK(student.count().passes == 1);
  CHECK(target.count().passes == 1);
  CHECK(target.count().with_gradient == 0);
  const NamedTensors average = clone_values(stage.roles().front()->result());
  CHECK_FALSE(equal(average, student.named_tensors()));
  static_cast<void>(stage.step(1));
  CHECK(equal(average, target.named_tensors()));
}

TEST_CASE("a term of consistency leaves what distribution matching computes as it is", "[train][law]") {
  BatchSource world = data(5);
  const auto matching = [&](ObjectivesByTarget objectives) {
    Stage stage(settings(), world,
                Networks{.student = TinyGenerator(0.5), .real = TinyGenerator(0.6), .fake = TinyGenerator(0.7)}, four(),
                std::move(objectives));
    return first_value(stage.step(0));
  };
  ObjectivesByTarget both = dmd();
  both["generator"] = ObjectiveStack({{"dmd", AnyObjective(DistributionMatching({})), ConstantWeight{1.0}},
                                      {"lcm", AnyObjective(Lcm({})), ConstantWeight{1.0}}});
  CHECK(matching(both) == matching(dmd()));
}

TEST_CASE("without an objective for it there is no fake score, and who asks is told", "[train][message]") {
  BatchSource world = data(5);
  ObjectivesByTarget objectives;
  objectives["generator"] = stack(DistributionMatching({}));
  Stage stage(settings(), world,
              Networks{.student = TinyGenerator(0.5), .real = TinyGenerator(0.6), .fake = TinyGenerator(0.7)}, four(),
              std::move(objectives));
  CHECK(role_names(stage) == std::vector<std::string>{"generator"});
  CHECK_THROWS_WITH(stage.step(0),
                    "the quantity 'fake_score' needs an objective with target = \"fake_score\"; without one there is "
                    "no fake score");
}

struct Joint {
  BatchSource world = data(5);
  TinyGenerator student{0.5}, real{0.6}, fake{0.7}, target{0.8};
  TinyAdapter student_adapter, real_adapter, fake_adapter, target_adapter;

  [[nodiscard]] Stage stage(const DistilSettings& settings, ObjectivesByTarget objectives, bool average = false) {
    Networks networks{.student = student, .real = real, .fake = fake};
    if (average) networks.target = target;
    networks.student_adapter = student_adapter;
    networks.real_adapter = real_adapter;
    networks.fake_adapter = fake_adapter;
    if (average) networks.target_adapter = target_adapter;
    return Stage(settings, world, std::move(networks), four(), std::move(objectives));
  }
};

TEST_CASE("a generator and its adapter are distilled together by distribution matching", "[train][passes]") {
  Joint joint;
  Stage stage = joint.stage(settings(), dmd());
  CHECK(role_names(stage) == std::vector<std::string>{"generator", "adapter", "fake_score", "fake_adapter"});
  const NamedTensors generator = clone_values(joint.student.named_tensors());
  const NamedTensors adapter = clone_values(joint.student_adapter.named_tensors());
  const NamedTensors real = clone_values(joint.real.named_tensors());
  const NamedTensors real_adapter = clone_values(joint.real_adapter.named_tensors());
  const NamedTensors fake_adapter = clone_values(joint.fake_adapter.named_tensors());
  const StepReport report = stage.step(0);
  CHECK(joint.real.count().passes == 1);
  CHECK(joint.real_adapter.count().passes == 1);
  CHECK(joint.fake.count().passes == 2);
  CHECK(joint.fake_adapter.count().passes == 2);
  CHECK(joint.student.count().with_gradient == 1);
  CHECK_FALSE(equal(generator, joint.student.named_tensors()));
  CHECK_FALSE(equal(adapter, joint.student_adapter.named_tensors()));
  CHECK_FALSE(equal(fake_adapter, joint.fake_adapter.named_tensors()));
  CHECK(equal(real, joint.real.named_tensors()));
  CHECK(equal(real_adapter, joint.real_adapter.named_tensors()));
  REQUIRE(report.gradient_norms.size() == 4);
  CHECK(report.gradient_norms[1].first == "adapter");
  CHECK(report.gradient_norms[1].second.item<double>() > 0.0);
  CHECK_FALSE(joint.student_adapter.named_tensors()[0].tensor.requires_grad());
}

TEST_CASE("a generator and its adapter are distilled together by consistency", "[train][passes]") {
  Joint joint;
  DistilSettings slow = settings();
  slow.ema = 0.9;
  Stage stage = joint.stage(slow, lcm(), true);
  CHECK(role_names(stage) == std::vector<std::string>{"generator", "adapter"});
  const NamedTensors adapter = clone_values(joint.student_adapter.named_tensors());
  static_cast<void>(stage.step(0));
  CHECK_FALSE(equal(adapter, joint.student_adapter.named_tensors()));
  CHECK(joint.student_adapter.count().passes == 1);
  CHECK(joint.target_adapter.count().passes == 1);
  CHECK(joint.fake.count().passes == 0);
  const NamedTensors average = clone_values(stage.roles()[1]->result());
  static_cast<void>(stage.step(1));
  CHECK(equal(average, joint.target_adapter.named_tensors()));
}

}  // namespace distil_stage_test
