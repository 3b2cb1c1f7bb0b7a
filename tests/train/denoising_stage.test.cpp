#include "flashmotion/train/denoising_stage.hpp"

#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/mask_prediction.hpp"
#include "tests/support/compare.hpp"
#include "tests/train/tiny_world.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

// A mask head beside the trained network. The passes of the stages are counted in stage.test.cpp.

namespace denoising_stage_test {

using namespace tiny_world;
using flashmotion::BatchSource;
using flashmotion::clone_values;
using flashmotion::DenoisingSettings;
using flashmotion::DenoisingStage;
using flashmotion::DiffusionLoss;
using flashmotion::MaskHead;
using flashmotion::MaskPrediction;
using flashmotion::NamedTensors;
using flashmotion::StepReport;

TEST_CASE("a mask head costs no pass and is trained beside the adapter", "[train][passes]") {
  BatchSource world = data();
  const TinyGenerator generator;
  const TinyAdapter adapter;
  DenoisingSettings settings;
  settings.name = "s";
  settings.steps = 4;
  settings.batch = 2;
  settings.optimiser.learning_rate = 0.1;
  settings.optimiser.warmup = 0;
  MaskHead head(generator.spec(), -1);
  DenoisingStage<TinyGenerator, TinyAdapter> stage(settings, world, generator, adapter,
                                                   stack(DiffusionLoss({}), MaskPrediction({})), head);
  REQUIRE(stage.roles().size() == 2);
  CHECK(stage.roles()[1]->name() == "mask_head");
  const NamedTensors frozen = clone_values(generator.named_tensors());
  const StepReport first = stage.step(0);
  CHECK(generator.count().passes == 1);
  CHECK(value(first, 1) == Approx(std::log(2.0)));  // it begins by saying nothing
  CHECK(head.named_tensors()[0].tensor.abs().max().item<double>() > 0.0);
  CHECK(equal(frozen, generator.named_tensors()));
  // The control shows the box, so the features tell where it is.
  StepReport last;
  for (std::int64_t step = 1; step < 4; ++step) last = stage.step(step);
  CHECK(value(last, 1) < 0.99 * std::log(2.0));
}

TEST_CASE("mask prediction alone moves the adapter once the head says something", "[train][unit]") {
  BatchSource world = data();
  const TinyAdapter adapter;
  DenoisingSettings settings;
  settings.name = "s";
  settings.steps = 4;
  settings.batch = 2;
  DenoisingStage<TinyGenerator, TinyAdapter> stage(settings, world, TinyGenerator(), adapter, stack(MaskPrediction({})),
                                                   MaskHead(TinyGenerator().spec(), 0));
  static_cast<void>(stage.step(0));
  const NamedTensors before = clone_values(adapter.named_tensors());
  static_cast<void>(stage.step(1));
  CHECK_FALSE(equal(before, adapter.named_tensors()));
}

TEST_CASE("the density student_steps takes the levels that the stage was given", "[train][unit]") {
  // At level 1 the network sees noise alone: 0.5 times it, against noise - clean.
  BatchSource world = data();
  DenoisingSettings settings;
  settings.name = "s";
  settings.batch = 2;
  settings.timesteps = {.density = flashmotion::Density::student_steps};
  settings.student_sigmas = {1.0, 0.0};
  DenoisingStage<TinyGenerator, TinyAdapter> stage(settings, world, TinyGenerator(0.5), std::nullopt,
                                                   stack(DiffusionLoss({})));
  const StepReport report = stage.step(0);
  flashmotion::Rng rng(0, "noise.s", 0);
  static_cast<void>(rng.integers(0, 1, {2}));
  const auto batch = world.draw("s", 0, 2, flashmotion::ControlKind::mask);
  const Tensor noise = rng.normal(batch.clean.sizes());
  const Tensor error = (0.5 * noise - (noise - batch.clean)).slice(2, 1);
  CHECK(value(report, 0) == Approx(error.square().mean().item<double>()).epsilon(1e-4));
}

}  // namespace denoising_stage_test
