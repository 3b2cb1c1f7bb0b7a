#include "flashmotion/train/trainer.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/plugin_place.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/train/tiny_world.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace trainer_test {

using namespace tiny_world;
using flashmotion::IStage;
using flashmotion::ProgressOptions;
using flashmotion::read_file;
using flashmotion::Role;
using flashmotion::RunAccess;
using flashmotion::RunFolder;
using flashmotion::SafetensorsFile;
using flashmotion::StepReport;
using flashmotion::StopFlag;
using flashmotion::train_stage;
using flashmotion::TrainOptions;

constexpr const char* kRecipe = "[run]\nseed = 0\n";

/// A real stage on the tiny generator. `before` is called before each step.
class Stage final : public IStage {
 public:
  explicit Stage(std::function<void(std::int64_t)> before = [](std::int64_t) {})
      : before_(std::move(before)), inner_(settings(), world_, TinyGenerator(), std::nullopt, objectives()) {}

  StepReport step(std::int64_t step) override {
    before_(step);
    ++steps_;
    return inner_.step(step);
  }
  std::vector<Role*> roles() override { return inner_.roles(); }
  std::int64_t steps() const { return steps_; }

 private:
  static flashmotion::DenoisingSettings settings() {
    flashmotion::DenoisingSettings settings;
    settings.name = "s";
    settings.steps = 6;
    settings.batch = 2;
    settings.ema = 0.9;
    return settings;
  }
  static flashmotion::ObjectiveStack objectives() {
    return flashmotion::ObjectiveStack(
        {{"flow", flashmotion::AnyObjective(flashmotion::DiffusionLoss({})), flashmotion::ConstantWeight{2.0}, 1}});
  }
  std::function<void(std::int64_t)> before_;
  flashmotion::BatchSource world_ = data();
  flashmotion::DenoisingStage<TinyGenerator, TinyAdapter> inner_;
  std::int64_t steps_ = 0;
};

TrainOptions options(std::int64_t log_every = 1, std::int64_t save_every = 100) {
  return {"s", 6, log_every, save_every};
}
ProgressOptions quiet() {
  ProgressOptions progress;
  progress.quiet = true;
  return progress;
}
std::string bytes(const std::filesystem::path& file) { return read_file(file.string()); }

void train(RunFolder& folder, Stage& stage, const TrainOptions& how = options()) {
  const StopFlag stop;
  static_cast<void>(train_stage(stage, how, {folder, stop, quiet()}));
}

TEST_CASE("a finished stage leaves its results, its lines and no state", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  Stage stage;
  CHECK_FALSE(folder.finished("s"));
  train(folder, stage);
  CHECK(folder.finished("s"));
  CHECK(stage.steps() == 6);
  CHECK(flashmotion::stage_seconds(folder, "s") > 0.0);
  CHECK(flashmotion::stage_seconds(folder, "other") == 0.0);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(temp / "run/stages/s")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"done.json", "final.generator.safetensors"});

  // The running average is handed on, and nothing that differs from run to run.
  const SafetensorsFile file(folder.result_file("s", "generator"));
  CHECK(file.names() == std::vector<std::string>{"blocks.0.weight"});
  CHECK(file.tensor("blocks.0.weight").equal(stage.roles()[0]->result()[0].tensor));
  flashmotion::SafetensorsMetadata metadata = file.metadata();
  CHECK(metadata.erase("sha256") == 1);
  CHECK(metadata == flashmotion::SafetensorsMetadata{{"format", "flashmotion"}, {"stage", "s"}, {"role", "generator"}});
  const std::string metrics = bytes(temp / "run/metrics.jsonl");
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 6);
  CHECK(metrics.find(R"({"stage": "s", "step": 0, "terms": {"flow": {"value": )") == 0);
  CHECK(metrics.find(R"("weight": 2)") != std::string::npos);
  CHECK(metrics.find(R"("gradient_norms": {"generator": )") != std::string::npos);
}

TEST_CASE("an adapter's file says which component it is", "[train][unit]") {
  // A stage that trains nothing.
  class AdapterStage final : public IStage {
   public:
    StepReport step(std::int64_t /*step*/) override { return {}; }
    std::vector<Role*> roles() override { return {&role_}; }

   private:
    Role role_{"adapter", {{"w", torch::ones({2})}}, flashmotion::OptimiserConfig{}, 0.0};
  };
  const TempFolder temp;
  RunFolder folder(temp / "run",
                   "[run]\nseed = 0\n\n[adapter]\nuse = \"injection\"\nwidth = 8\n\n[codec]\nuse = \"linear\"\n",
                   RunAccess::create);
  AdapterStage stage;
  const StopFlag stop;
  static_cast<void>(train_stage(stage, {"s", 1}, {folder, stop, quiet()}));
  const SafetensorsFile file(folder.result_file("s", "adapter"));
  CHECK(file.metadata().at("parts") == "[adapter]\nuse = \"injection\"\nwidth = 8\n");
}

TEST_CASE("three steps, a stop and three steps are six steps, byte for byte", "[train][law]") {
  const TempFolder temp;
  RunFolder whole(temp / "whole", kRecipe, RunAccess::create);
  Stage one;
  train(whole, one);

  StopFlag stop;
  {
    RunFolder halves(temp / "halves", kRecipe, RunAccess::create);
    Stage stage([&](std::int64_t step) {
      if (step == 2) stop.request(SIGTERM);
    });
    try {
      static_cast<void>(train_stage(stage, options(), {halves, stop, quiet()}));
      FAIL("the stop was not seen");
    } catch (const flashmotion::Interrupted& stopped) {
      CHECK(stopped.signal() == SIGTERM);
    }
    CHECK(stage.steps() == 3);
    CHECK_FALSE(halves.finished("s"));
  }
  RunFolder halves(temp / "halves", kRecipe, RunAccess::resume);
  Stage rest;
  train(halves, rest);
  CHECK(rest.steps() == 3);
  for (const char* file : {"metrics.jsonl", "recipe.resolved.toml", "stages/s/final.generator.safetensors"}) {
    INFO(file);
    CHECK(bytes(temp / "whole" / file) == bytes(temp / "halves" / file));
  }
}

TEST_CASE("after a crash a run goes on from the last saved state and drops later lines", "[train][law]") {
  const TempFolder temp;
  RunFolder whole(temp / "whole", kRecipe, RunAccess::create);
  Stage one;
  train(whole, one);

  RunFolder crashed(temp / "crashed", kRecipe, RunAccess::create);
  Stage stage([](std::int64_t step) {
    if (step == 5) throw flashmotion::Error("power cut");
  });
  CHECK_THROWS_WITH(train(crashed, stage, options(1, 2)), "power cut");
  CHECK(bytes(temp / "crashed/metrics.jsonl").size() < bytes(temp / "whole/metrics.jsonl").size());
  Stage rest;
  train(crashed, rest, options(1, 2));
  CHECK(rest.steps() == 2);  // saved after step 4
  CHECK(bytes(temp / "whole/metrics.jsonl") == bytes(temp / "crashed/metrics.jsonl"));
  CHECK(bytes(whole.result_file("s", "generator")) == bytes(crashed.result_file("s", "generator")));
}

TEST_CASE("a loss that is not finite ends the stage at once and leaves the good state", "[train][message]") {
  // Also at a step that is not logged, and just before a state is saved.
  for (const std::int64_t log_every : {1, 4}) {
    const TempFolder temp;
    RunFolder folder(temp / "run", kRecipe, RunAccess::create);
    Stage* self = nullptr;
    Stage stage([&](std::int64_t step) {
      if (step != 3) return;
      const torch::NoGradGuard no_grad;
      Tensor weight = self->roles()[0]->parameters()[0].tensor;
      weight.fill_(std::numeric_limits<float>::quiet_NaN());
    });
    self = &stage;
    const std::string state = (temp / "run/stages/s/state.2.safetensors").string();
    CHECK_THROWS_WITH(train(folder, stage, options(log_every, 2)),
                      "stage 's': the loss is not finite at step 3 (flow nan); lower the learning rate. The state "
                      "before is kept in " +
                          state);
    CHECK_FALSE(folder.finished("s"));
    const SafetensorsFile kept(state);
    CHECK(kept.tensor("counters")[0].item<double>() == 2.0);
    CHECK(kept.tensor("generator.parameter.blocks.0.weight").isfinite().all().item<bool>());
  }
}

TEST_CASE("a state that was damaged on disk stops the stage, or costs only time", "[train][law]") {
  const TempFolder temp;
  RunFolder whole(temp / "whole", kRecipe, RunAccess::create);
  Stage one;
  train(whole, one);

  RunFolder run(temp / "run", kRecipe, RunAccess::create);
  Stage stage([](std::int64_t step) {
    if (step == 5) throw flashmotion::Error("power cut");
  });
  CHECK_THROWS_WITH(train(run, stage, options(1, 2)), "power cut");
  const std::string newest = (temp / "run/stages/s/state.4.safetensors").string();
  std::string damaged = bytes(newest);
  damaged[damaged.size() - 3] = static_cast<char>(damaged[damaged.size() - 3] ^ 4);
  std::ofstream(newest, std::ios::binary) << damaged;
  Stage refused;
  CHECK_THROWS_WITH(train(run, refused, options(1, 2)),
                    Catch::Contains(newest) && Catch::Contains("of step 2, is whole"));
  CHECK(refused.steps() == 0);
  TrainOptions skip = options(1, 2);
  skip.skip_damaged = true;
  Stage rest;
  train(run, rest, skip);
  CHECK(rest.steps() == 4);
  CHECK(bytes(temp / "whole/metrics.jsonl") == bytes(temp / "run/metrics.jsonl"));
  CHECK(bytes(whole.result_file("s", "generator")) == bytes(run.result_file("s", "generator")));
}

/// Looks every two steps; the loss of each look by its step. The figure is the first weight, so that it depends on the
/// training as a real one does.
flashmotion::StageValidation validation(std::map<std::int64_t, double> losses,
                                        std::vector<std::int64_t>* seen = nullptr) {
  return {
      2, "weight",
      [=](flashmotion::IStage& stage, std::int64_t step, const StopFlag& stop) -> flashmotion::StageValidation::Look {
        stop.throw_if_stopped();
        if (seen != nullptr) seen->push_back(step);
        const double weight = stage.roles()[0]->result()[0].tensor.flatten()[0].item<double>();
        return {{{"weight", weight}}, {}, losses.at(step)};
      }};
}

TEST_CASE("a stage is looked at on its way, and its best weights stay", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  Stage stage;
  TrainOptions how = options(6);
  std::vector<std::int64_t> seen;
  how.validation = validation({{2, 3.0}, {4, 1.0}, {6, 2.0}}, &seen);
  train(folder, stage, how);
  CHECK(seen == std::vector<std::int64_t>{2, 4, 6});
  const std::string metrics = bytes(temp / "run/metrics.jsonl");
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 4);
  CHECK(metrics.find(R"({"stage": "s", "step": 6, "validation": {"weight": )") != std::string::npos);

  // What a run of four steps hands on.
  RunFolder shorter(temp / "shorter", kRecipe, RunAccess::create);
  Stage four;
  TrainOptions until = options();
  until.steps = 4;
  train(shorter, four, until);
  CHECK(SafetensorsFile(temp / "run/stages/s/best.generator.safetensors")
            .tensor("blocks.0.weight")
            .equal(four.roles()[0]->result()[0].tensor));
  CHECK(bytes(temp / "run/stages/s/best.json").find(R"("step": 4)") != std::string::npos);

  // Looking changes nothing.
  RunFolder blind(temp / "blind", kRecipe, RunAccess::create);
  Stage other;
  train(blind, other);
  CHECK(bytes(folder.result_file("s", "generator")) == bytes(blind.result_file("s", "generator")));
}

TEST_CASE("the last step is looked at also between two looks, and only once", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  Stage stage;
  TrainOptions how = options();
  std::vector<std::int64_t> seen;
  how.steps = 5;
  how.validation = validation({{2, 3.0}, {4, 1.0}, {5, 2.0}}, &seen);
  train(folder, stage, how);
  CHECK(seen == std::vector<std::int64_t>{2, 4, 5});
}

TEST_CASE("a stop in a look, and a crash after one, change nothing in the end", "[train][law]") {
  const std::map<std::int64_t, double> losses{{2, 1.0}, {4, 2.0}, {6, 3.0}};
  const TempFolder temp;
  TrainOptions how = options(1, 3);
  how.validation = validation(losses);
  RunFolder whole(temp / "whole", kRecipe, RunAccess::create);
  Stage one;
  train(whole, one, how);

  RunFolder run(temp / "run", kRecipe, RunAccess::create);
  StopFlag stop;
  Stage first;
  how.validation->look = [&, inner = how.validation->look](auto& stage, auto step, const auto& flag) {
    stop.request(SIGINT);
    return inner(stage, step, flag);
  };
  CHECK_THROWS_AS(train_stage(first, how, {run, stop, quiet()}), flashmotion::Interrupted);
  CHECK(first.steps() == 2);
  CHECK(bytes(temp / "run/metrics.jsonl").find("validation") == std::string::npos);
  std::vector<std::int64_t> seen;
  how.validation = validation(losses, &seen);
  // After the look at step 4, whose line and state of step 3 a later start finds.
  Stage second([](std::int64_t step) {
    if (step == 5) throw flashmotion::Error("power cut");
  });
  CHECK_THROWS_WITH(train(run, second, how), "power cut");
  CHECK(seen == std::vector<std::int64_t>{2, 4});
  Stage third;
  train(run, third, how);
  CHECK(seen == std::vector<std::int64_t>{2, 4, 4, 6});
  for (const char* file : {"metrics.jsonl", "stages/s/final.generator.safetensors",
                           "stages/s/best.generator.safetensors", "stages/s/best.json"}) {
    INFO(file);
    CHECK(bytes(temp / "whole" / file) == bytes(temp / "run" / file));
  }
  CHECK(bytes(temp / "run/stages/s/best.json").find(R"("step": 2)") != std::string::npos);
}

TEST_CASE("stops on purpose lie evenly on the way", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  TrainOptions how = options();
  how.stops = 2;
  std::vector<std::int64_t> steps;
  while (!folder.finished("s")) {
    Stage stage;
    try {
      train(folder, stage, how);
    } catch (const flashmotion::Interrupted& stopped) {
      CHECK(stopped.signal() == SIGTERM);
    }
    steps.push_back(stage.steps());
  }
  CHECK(steps == std::vector<std::int64_t>{2, 2, 2});
}

TEST_CASE("terms are measured on the way without changing what is learned", "[train][law]") {
  const TempFolder temp;
  RunFolder plain(temp / "plain", kRecipe, RunAccess::create), measured(temp / "measured", kRecipe, RunAccess::create);
  Stage one, other;
  train(plain, one);
  TrainOptions how = options();
  how.gradient_every = 3;
  train(measured, other, how);
  CHECK(bytes(plain.result_file("s", "generator")) == bytes(measured.result_file("s", "generator")));
  const std::string lines = bytes(temp / "measured/metrics.jsonl");
  std::size_t count = 0;
  for (auto at = lines.find("gradient_cosine"); at != std::string::npos; at = lines.find("gradient_cosine", at + 1)) {
    ++count;
  }
  CHECK(count == 2);  // steps 0 and 3
  CHECK(bytes(temp / "plain/metrics.jsonl").find("gradient_cosine") == std::string::npos);
}

/// Makes the gradient at a step huge, the first `times` that the step comes.
std::function<void(std::int64_t)> spike_at(std::int64_t at, Stage*& self, int times) {
  return [=, &self, left = times](std::int64_t step) mutable {
    if (step != at || left-- <= 0) return;
    const torch::NoGradGuard no_grad;
    self->roles()[0]->parameters()[0].tensor.mul_(1e6);
  };
}
TrainOptions watchful(flashmotion::AlarmPolicy policy) {
  TrainOptions how = options(1, 2);
  how.health.patience = 2;
  how.health.gradient_spike = policy;
  return how;
}
double rate_of(Stage& stage) {
  for (const auto& [name, tensor] : stage.roles()[0]->state()) {
    if (name == "generator.rate") return tensor.item<double>();
  }
  return 0.0;
}

TEST_CASE("an alarm does what its policy says", "[train][unit]") {
  using flashmotion::AlarmPolicy;
  const TempFolder temp;
  RunFolder plain(temp / "plain", kRecipe, RunAccess::create);
  Stage calm;
  train(plain, calm, watchful(AlarmPolicy::stop));
  CHECK_FALSE(std::filesystem::exists(temp / "plain/alarms.jsonl"));  // none is raised without a cause

  const auto run = [&](const char* name, AlarmPolicy policy, Stage& stage) {
    RunFolder folder(temp / name, kRecipe, RunAccess::create);
    train(folder, stage, watchful(policy));
    return bytes(temp / name / "alarms.jsonl");
  };
  Stage* self = nullptr;
  {
    Stage stage(spike_at(3, self, 1));
    self = &stage;
    CHECK_THROWS_WITH(
        run("stop", AlarmPolicy::stop, stage),
        Catch::StartsWith("stage 's': alarm 'gradient_spike' at step 3: the gradient norm of 'generator' is ") &&
            Catch::EndsWith("state.2.safetensors; [health] says what an alarm does"));
  }
  {
    Stage stage(spike_at(3, self, 1));
    self = &stage;
    const std::string told = run("warn", AlarmPolicy::warn, stage);
    CHECK_THAT(told,
               Catch::StartsWith(R"({"stage": "s", "step": 3, "alarm": "gradient_spike", "policy": "warn", "text": )"));
    CHECK(std::count(told.begin(), told.end(), '\n') == 1);
    CHECK(rate_of(stage) == 1.0);
    CHECK(stage.steps() == 6);
  }
  {
    Stage stage(spike_at(3, self, 1));
    self = &stage;
    static_cast<void>(run("lower", AlarmPolicy::lower_lr, stage));
    CHECK(rate_of(stage) == 0.5);
    CHECK(stage.steps() == 6);
  }
  {
    Stage stage(spike_at(3, self, 1));
    self = &stage;
    static_cast<void>(run("back", AlarmPolicy::rollback, stage));
    CHECK(rate_of(stage) == 0.5);
    CHECK(stage.steps() == 8);  // 0 to 3, then 2 to 5 once more
    CHECK(bytes(temp / "back/metrics.jsonl").find("\"step\": 3") ==
          bytes(temp / "back/metrics.jsonl").rfind("\"step\": 3"));
  }
  {
    Stage stage(spike_at(3, self, 100));
    self = &stage;
    CHECK_THROWS_WITH(run("again", AlarmPolicy::rollback, stage), Catch::Contains("alarm 'gradient_spike' at step 3"));
    CHECK(rate_of(stage) == std::pow(0.5, 5));
  }
}

TEST_CASE("a plugin that fails in a step is told with the stage and the step", "[train][message]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  Stage stage([](std::int64_t step) {
    if (step == 2) throw flashmotion::PluginError("plugin x 1.0: edits() of adapter 'y' failed: no");
  });
  CHECK_THROWS_WITH(train(folder, stage),
                    "plugin x 1.0: edits() of adapter 'y' failed: no\n  while training the stage 's', step 2");
  CHECK_THROWS_WITH(
      flashmotion::with_place([] { return std::string("here"); }, [] { throw flashmotion::Error("other"); }), "other");
}

TEST_CASE("a run folder is opened again only on purpose and with its own recipe", "[train][message]") {
  const TempFolder temp;
  const std::string run = (temp / "run").string();
  { const RunFolder folder(run, kRecipe, RunAccess::create); }
  CHECK(bytes(temp / "run/recipe.resolved.toml") == kRecipe);
  CHECK_THROWS_WITH(RunFolder(run, kRecipe, RunAccess::create),
                    "'" + run +
                        "' holds an earlier run; go on with it by --resume, or choose another folder with "
                        "--out");
  CHECK_THROWS_WITH(RunFolder(run, "[run]\nseed = 1\n", RunAccess::resume),
                    Catch::StartsWith("'" + run + "' was started with another recipe; "));
  CHECK_NOTHROW(RunFolder(run, kRecipe, RunAccess::resume));
  CHECK(bytes(temp / "run/recipe.resolved.toml") == kRecipe);
  CHECK_THROWS_AS(RunFolder(run, kRecipe, RunAccess::create), flashmotion::InputError);
}

TEST_CASE("an empty folder is no earlier run, with and without --resume", "[train][unit]") {
  for (const bool resume : {false, true}) {
    const TempFolder temp;
    RunFolder folder(temp.path(), kRecipe, resume ? RunAccess::resume : RunAccess::create);
    CHECK(folder.metrics_size() == 0);
    CHECK(bytes(temp / "recipe.resolved.toml") == kRecipe);
  }
}

TEST_CASE("a file where the run folder should be is an input error", "[train][message]") {
  const TempFolder temp;
  const RunFolder other(temp / "run", kRecipe, RunAccess::create);
  const std::string file = (temp / "run/recipe.resolved.toml").string();
  CHECK_THROWS_WITH(RunFolder(file, kRecipe, RunAccess::create),
                    "'" + file + "' exists and is no folder; choose another with --out");
  CHECK_THROWS_WITH(RunFolder(file + "/below", kRecipe, RunAccess::create),
                    Catch::StartsWith("the folder '" + file + "/below'"));
}

TEST_CASE("lines of metrics are added and cut back", "[train][unit]") {
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  folder.append_metrics("{\"a\":1}");
  const std::int64_t size = folder.metrics_size();
  CHECK(size == 8);
  folder.append_metrics("{\"b\":2}");
  folder.truncate_metrics(size);
  CHECK(bytes(temp / "run/metrics.jsonl") == "{\"a\":1}\n");
  folder.truncate_metrics(100);
  CHECK(folder.metrics_size() == size);
}

TEST_CASE("an alarm of a look acts on the training", "[train][unit]") {
  using flashmotion::AlarmPolicy;
  const TempFolder temp;
  const auto run = [&](AlarmPolicy policy, Stage& stage) {
    RunFolder folder(temp / std::string(flashmotion::to_string(policy)), kRecipe, RunAccess::create);
    TrainOptions how = options(1, 3);
    how.validation = validation({{2, 1.0}, {4, 2.0}, {6, 3.0}});
    how.validation->look = [=, inner = how.validation->look, raised = false](auto& s, auto step,
                                                                             const auto& flag) mutable {
      flashmotion::StageValidation::Look look = inner(s, step, flag);
      if (step == 4 && !std::exchange(raised, true)) look.alarms.push_back({"static_collapse", policy, "still"});
      return look;
    };
    train(folder, stage, how);
  };
  Stage stopped;
  CHECK_THROWS_WITH(run(AlarmPolicy::stop, stopped),
                    Catch::StartsWith("stage 's': alarm 'static_collapse' at step 4: still. The state before is kept"));
  Stage lowered;
  run(AlarmPolicy::lower_lr, lowered);
  CHECK(lowered.steps() == 6);
  CHECK(rate_of(lowered) == 0.5);
  Stage back;
  run(AlarmPolicy::rollback, back);
  CHECK(back.steps() == 7);  // step 3 twice, from the state before it
  CHECK(rate_of(back) == 0.5);
  const std::string metrics = bytes(temp / "rollback/metrics.jsonl");
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 9);  // of 6 steps and 3 looks
}

TEST_CASE("an alarm of a look is there once, also after a crash and a resume", "[train][law]") {
  using flashmotion::AlarmPolicy;
  const TempFolder temp;
  RunFolder folder(temp / "run", kRecipe, RunAccess::create);
  TrainOptions how = options(1, 2);
  how.validation = validation({{2, 1.0}, {4, 2.0}, {6, 3.0}});
  how.validation->look = [inner = how.validation->look](auto& stage, auto step, const auto& flag) {
    flashmotion::StageValidation::Look look = inner(stage, step, flag);
    if (step > 2) look.alarms.push_back({"static_collapse", AlarmPolicy::warn, "still"});
    return look;
  };
  const auto crash_at = [&](std::int64_t when) {
    Stage stage([=](std::int64_t step) {
      if (step == when) throw flashmotion::Error("power cut");
    });
    CHECK_THROWS_WITH(train(folder, stage, how), "power cut");
  };
  const std::string first =
      R"({"stage": "s", "step": 4, "alarm": "static_collapse", "policy": "warn", "text": "still"})"
      "\n";
  crash_at(4);  // the state of step 4 is saved after its look
  CHECK(bytes(temp / "run/alarms.jsonl") == first);
  how.save_every = 100;
  crash_at(5);
  CHECK(bytes(temp / "run/alarms.jsonl") == first);
  Stage rest;
  train(folder, rest, how);
  const std::string alarms = bytes(temp / "run/alarms.jsonl");
  CHECK(alarms.starts_with(first));
  CHECK(std::count(alarms.begin(), alarms.end(), '\n') == 2);  // of the looks after steps 4 and 6
}

}  // namespace trainer_test
