#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/samplers/consistency_grid.hpp"
#include "flashmotion/samplers/timesteps.hpp"
#include "flashmotion/train/optimiser.hpp"
#include "flashmotion/train/weight_numbers.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

enum class StageKind {
  pretrain,  // the generator from nothing
  adapter,   // an adapter on a frozen generator
  distil,    // a few-step generator, by distribution matching or consistency; an adapter with it where one is named
  hybrid,    // the adapter on the few-step generator, diffusion and adversarial
};

template <>
struct EnumNames<StageKind> {
  static constexpr std::array values{std::pair{StageKind::pretrain, std::string_view("pretrain")},
                                     std::pair{StageKind::adapter, std::string_view("adapter")},
                                     std::pair{StageKind::distil, std::string_view("distil")},
                                     std::pair{StageKind::hybrid, std::string_view("hybrid")}};
};

struct ObjectiveConfig {
  ComponentNode objective;
  std::string name;
  std::string target;
  ComponentOrNumber weight{.number = 1.0};
  std::int64_t every = 1;
  std::int64_t from = 0;
  std::optional<std::int64_t> until{};

  static void fields(auto& f, auto& c) {
    f.component(c.objective, "objective");
    f("name", c.name, required, "key in logs, and what variants call it");
    f("target", c.target, required, "role that it trains: generator, fake_score, adapter or discriminator");
    f("weight", c.weight, AtLeast{0.0},
      "a number, or a schedule: { use = \"inverse\", scale = 1.0, a = 4e-3, b = 0.1 }");
    f("every", c.every, AtLeast{1}, "active at steps divisible by this");
    f("from", c.from, AtLeast{0}, "first step at which it can be active");
    f("until", c.until, AtLeast{1}, "step from which it is not active any more; to the end when it is not given");
  }
};

struct StageConfig {
  std::string name;
  StageKind use = StageKind::pretrain;
  std::string load;
  std::int64_t steps = 0;
  std::int64_t batch = 16;
  std::int64_t accumulate = 1;
  std::string generator;
  std::string adapter;
  std::int64_t mask_steps = 0;
  std::int64_t mask_block = -1;
  TimestepConfig timesteps;
  TimestepConfig diffusion_timesteps{.density = Density::student_steps};
  std::int64_t student_steps = 4;
  double student_shift = 5.0;
  std::int64_t update_ratio = 1;
  double real_guidance = 1.0;
  ConsistencyConfig consistency;
  double perturbation = 0.01;
  OptimiserConfig optimiser;
  OptimiserConfig critic_optimiser;
  WeightNumbers weights = WeightNumbers::fp32;
  double ema = 0.99;
  std::string preview;
  std::vector<ObjectiveConfig> objective;

  static void fields(auto& f, auto& c) {
    f("name", c.name, required, "name of the stage: folder of its results, reference for later stages");
    f("use", c.use, required, Choices<StageKind>{}, "kind of stage");
    f("load", c.load, "checkpoint that is taken instead of training, relative to the recipe; empty: train");
    f("steps", c.steps, required, AtLeast{1}, "training steps");
    f("batch", c.batch, Range{1, 65536}, "clips of a micro-batch, over all processes");
    f("accumulate", c.accumulate, Range{1, 65536},
      "micro-batches of a step, whose mean gradient it follows: batch x accumulate clips a step");
    f("generator", c.generator, "stage whose generator is used: frozen, or where distillation starts");
    f("adapter", c.adapter,
      "stage whose adapter a hybrid stage starts from; in a distil stage it is distilled together with the generator");
    f("mask_steps", c.mask_steps, AtLeast{0}, "adapter stages: steps with masks as control, before boxes");
    f("mask_block", c.mask_block, Range{-1, 1023},
      "pretrain and adapter: generator block that the objective mask_prediction reads; -1: the last");
    f("timesteps", c.timesteps, "noise levels: of training, of the scores, or of what the discriminator sees");
    f("diffusion_timesteps", c.diffusion_timesteps, "hybrid: noise levels of the diffusion objectives");
    f("student_steps", c.student_steps, Range{1, 64},
      "distil and hybrid: passes of the few-step generator; elsewhere the levels of the density student_steps");
    f("student_shift", c.student_shift, Above{0.0},
      "distil and hybrid: flow shift of its noise levels; give the few_step sampler the same");
    f("update_ratio", c.update_ratio, AtLeast{1},
      "distil and hybrid: the trained role is updated at steps divisible by this, the critic at every step");
    f("real_guidance", c.real_guidance, AtLeast{0.0},
      "distil: classifier-free guidance of the real score, and of the teacher's steps that lcm asks for; 1: none. The "
      "released few-step Wan training gives the part beyond 1: its 6 is 7 here");
    f("consistency", c.consistency, "distil: pairs of noise levels for the objective lcm");
    f("perturbation", c.perturbation, Above{0.0},
      "hybrid: noise that the objective gradient_penalty adds in its approximate form");
    f("optimiser", c.optimiser, "of the trained role");
    f("critic_optimiser", c.critic_optimiser, "of the fake score or the discriminator");
    f("weights", c.weights, Choices<WeightNumbers>{},
      "numbers that trained generators and adapters are held in; momenta, a copy of the weights and their average "
      "stay float32");
    f("ema", c.ema, Range{0.0, 0.99999},
      "decay of the running average of the weights that the stage hands on; 0: none");
    f("preview", c.preview, "sampler of the stage's preview; empty: no preview");
    f("objective", c.objective, "terms of the loss");
  }
};

/// Whether a stage leaves a generator: a new one, or one that it was given.
[[nodiscard]] inline bool leaves_generator(const StageConfig& stage) {
  return stage.use == StageKind::pretrain || stage.use == StageKind::distil;
}
/// Whether a stage trains an adapter and leaves it. A distillation that names one does.
[[nodiscard]] inline bool leaves_adapter(const StageConfig& stage) {
  const bool distils = stage.use == StageKind::distil && !stage.adapter.empty();
  return stage.use == StageKind::adapter || stage.use == StageKind::hybrid || distils;
}

}  // namespace flashmotion
