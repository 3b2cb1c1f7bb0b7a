#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/train/denoising_stage.hpp"
#include "flashmotion/train/trainer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/thread_processes.hpp"
#include "tests/train/tiny_world.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

// A stage that several processes drive: one writes, all stay together.

namespace trainer_processes_test {

using namespace tiny_world;
using flashmotion::Processes;
using flashmotion::Role;
using flashmotion::RunAccess;
using flashmotion::RunFolder;
using flashmotion::StepReport;
using flashmotion::StopFlag;

constexpr std::int64_t kSteps = 6;

/// The tiny generator's training, the batch shared out. `before` is called before each step.
class Stage final : public flashmotion::IStage {
 public:
  explicit Stage(Processes* processes, double scale = 0.5)
      : inner_(settings(processes), world_, TinyGenerator(scale), std::nullopt, stack(flashmotion::DiffusionLoss({}))) {
  }
  StepReport step(std::int64_t step) override {
    before(step);
    return inner_.step(step);
  }
  std::vector<Role*> roles() override { return inner_.roles(); }
  std::function<void(std::int64_t)> before = [](std::int64_t) {};

 private:
  static flashmotion::DenoisingSettings settings(Processes* processes) {
    flashmotion::DenoisingSettings settings;
    settings.name = "s";
    settings.steps = kSteps;
    settings.batch = 2;
    settings.ema = 0.9;
    settings.shares.processes = processes;
    return settings;
  }
  flashmotion::BatchSource world_ = data();
  flashmotion::DenoisingStage<TinyGenerator, TinyAdapter> inner_;
};

void train(RunFolder& folder, Stage& stage, Processes* processes, const StopFlag& stop) {
  flashmotion::ProgressOptions quiet;
  quiet.quiet = true;
  flashmotion::TrainOptions options{"s", kSteps, 1, 3};
  static_cast<void>(flashmotion::train_stage(stage, options, {folder, stop, quiet, nullptr, processes}));
}

/// Two processes on one folder, the first of which writes it.
void run_two(const std::filesystem::path& path, const std::function<void(Processes&, RunFolder&)>& work,
             RunAccess access = RunAccess::create) {
  thread_processes::run(2, [&](Processes& p) {
    std::optional<RunFolder> folder;
    if (p.first()) folder.emplace(path, "[run]\nseed = 0\n", access);
    static_cast<void>(p.tell(""));
    if (!p.first()) folder.emplace(path, "[run]\nseed = 0\n", RunAccess::read);
    work(p, *folder);
  });
}

at::Tensor weight(flashmotion::IStage& stage) { return stage.roles().front()->parameters().front().tensor; }

TEST_CASE("weights that go apart are an error in all processes, and are not saved", "[train][message]") {
  const TempFolder temp;
  std::atomic<int> errors{0};
  run_two(temp / "run", [&](Processes& p, RunFolder& folder) {
    Stage stage(&p);
    stage.before = [&](std::int64_t step) {
      if (step == 1 && !p.first()) weight(stage)[0][1] += 1e-3F;
    };
    const StopFlag stop;
    try {
      train(folder, stage, &p, stop);
    } catch (const flashmotion::Error& problem) {
      const std::string text = problem.message();
      if (text.starts_with("stage 's', step 3: the tensor 'generator.parameter.blocks.0.weight' is not the same in all "
                           "processes; nothing of this step is saved"))
        ++errors;
    }
  });
  CHECK(errors == 2);
  CHECK(std::filesystem::exists(temp / "run/stages/s/state.0.safetensors"));
  CHECK_FALSE(std::filesystem::exists(temp / "run/stages/s/state.3.safetensors"));
}

TEST_CASE("first weights that differ are an error before the first step", "[train][message]") {
  const TempFolder temp;
  std::atomic<int> errors{0}, steps{0};
  run_two(temp / "run", [&](Processes& p, RunFolder& folder) {
    Stage stage(&p, p.first() ? 0.5 : 0.4);
    stage.before = [&](std::int64_t) { ++steps; };
    const StopFlag stop;
    try {
      train(folder, stage, &p, stop);
    } catch (const flashmotion::Error&) {
      ++errors;
    }
  });
  CHECK(errors == 2);
  CHECK(steps == 0);
}

TEST_CASE("a stop of one process ends all after one step, and all go on from the first one's state", "[train][unit]") {
  const TempFolder temp;
  std::array<std::int64_t, 2> last{-1, -1};
  std::atomic<int> stopped{0};
  run_two(temp / "run", [&](Processes& p, RunFolder& folder) {
    Stage stage(&p);
    StopFlag stop;
    stage.before = [&](std::int64_t step) {
      last[static_cast<std::size_t>(p.rank())] = step;
      if (step == 3 && !p.first()) stop.request(SIGINT);
    };
    try {
      train(folder, stage, &p, stop);
    } catch (const flashmotion::Interrupted& signal) {
      stopped += signal.signal();
    }
  });
  CHECK(stopped == 2 * SIGINT);
  CHECK(last == std::array<std::int64_t, 2>{3, 3});
  CHECK(std::filesystem::exists(temp / "run/stages/s/state.4.safetensors"));
  std::array<at::Tensor, 2> weights;
  run_two(
      temp / "run",
      [&](Processes& p, RunFolder& folder) {
        Stage stage(&p, p.first() ? 0.5 : 0.1);  // what it began with is forgotten
        const StopFlag stop;
        train(folder, stage, &p, stop);
        weights[static_cast<std::size_t>(p.rank())] = weight(stage);
      },
      RunAccess::resume);
  CHECK(weights[0].equal(weights[1]));
  const TempFolder other;
  RunFolder folder(other / "run", "[run]\nseed = 0\n", RunAccess::create);
  Stage alone(nullptr);
  const StopFlag stop;
  train(folder, alone, nullptr, stop);
  CHECK(torch::allclose(weight(alone), weights[0], 1e-5, 1e-7));
}

}  // namespace trainer_processes_test
