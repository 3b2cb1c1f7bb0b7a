#include "flashmotion/train/plan.hpp"

#include "flashmotion/base/log.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/experiment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/peak_bytes.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace plan_test {

using flashmotion::Catalog;
using flashmotion::Plan;
using flashmotion::PluginHost;
using flashmotion::Recipe;

const std::filesystem::path kRecipes = std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes";

struct Read {
  Catalog catalog = flashmotion::builtin_catalog();
  PluginHost host{{{}, {std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins"}, true}};
  Recipe recipe;

  explicit Read(const std::string& name, const std::vector<std::string>& overrides = {})
      : recipe(flashmotion::read_recipe((kRecipes / name).string(), overrides, catalog, host)) {}
  [[nodiscard]] Plan plan() const { return flashmotion::plan_recipe(recipe, catalog); }
};

TEST_CASE("a plan counts the paper's networks and tokens", "[train][unit]") {
  const Plan plan = Read("wan/slow_adapter.toml").plan();
  CHECK(plan.tokens_per_clip == 27280);
  REQUIRE(plan.stages.size() == 2);
  REQUIRE(plan.stages[1].roles.size() == 2);
  CHECK(plan.stages[1].roles[0].parameters == 4999787712);
  CHECK_FALSE(plan.stages[1].roles[0].trained);
  CHECK(plan.stages[1].roles[1].parameters == 19815744);
  CHECK(plan.stages[1].roles[1].trained);
  CHECK(plan.stages[1].memory.weights == 4 * 19815744);
  CHECK(plan.stages[1].memory.mapped == 4 * 4999787712);
  CHECK(plan.stages[1].memory.optimiser == 8 * 19815744);
  CHECK(plan.stages[1].memory.average == 0);
  CHECK(plan.files.size() == 4);  // clips, autoencoder, text encoder, transformer
}

TEST_CASE("stages of variants that leave objectives out are planned too", "[train][unit]") {
  const Plan plan = Read("toy/smoke.toml").plan();
  REQUIRE(plan.stages.size() == 6);
  CHECK(plan.stages[4].name == "fast_adapter.without.gan.gan_discriminator");
  CHECK(plan.stages[5].name == "fast_adapter.without.diffusion");
  CHECK(plan.stages[5].steps == plan.stages[3].steps);
}

TEST_CASE("a distillation holds three generators and trains two", "[train][unit]") {
  const Plan plan = Read("toy/smoke.toml").plan();
  const auto& memory = plan.stages.at(2).memory;
  const std::int64_t generator = plan.stages[0].roles[0].parameters;
  CHECK(memory.weights == 2 * 4 * generator);
  CHECK(memory.mapped == 4 * generator);
  CHECK(memory.gradients == 2 * 4 * generator);
  CHECK(memory.optimiser == 2 * 8 * generator);
  CHECK(memory.average == 4 * generator);
  CHECK(memory.largest_batch(memory.total(7)) == 7);
  CHECK(memory.largest_batch(memory.fixed()) == 0);
}

TEST_CASE("a distillation of generator and adapter holds both of each network", "[train][unit]") {
  const std::vector<std::string> joint{"stage.fast_generator.adapter=slow_adapter"};
  const Plan plan = Read("toy/smoke.toml", joint).plan();
  const std::int64_t generator = plan.stages[0].roles[0].parameters, adapter = plan.stages[1].roles[1].parameters;
  CHECK(plan.stages.at(2).memory.weights == 2 * 4 * generator + 3 * 4 * adapter);
  CHECK(plan.stages.at(2).memory.gradients == 2 * 4 * (generator + adapter));
  CHECK(plan.stages.at(2).leaves == std::vector<std::string>{"generator", "adapter", "fake_score"});

  // Consistency: student, teacher and the average's copy; no fake score.
  std::vector<std::string> lcm = joint;
  lcm.insert(lcm.end(),
             {"stage.fast_generator.objective.dmd.use=lcm", "drop stage.fast_generator.objective.fake_score"});
  const auto stage = Read("toy/smoke.toml", lcm).plan().stages.at(2);
  CHECK(stage.memory.weights == 2 * 4 * generator + 3 * 4 * adapter);
  CHECK(stage.memory.gradients == 4 * (generator + adapter));
  CHECK(stage.leaves == std::vector<std::string>{"generator", "adapter"});
  lcm.emplace_back("stage.fast_generator.consistency.target=student");
  CHECK(Read("toy/smoke.toml", lcm).plan().stages.at(2).memory.weights == 4 * generator + 2 * 4 * adapter);
}

const std::vector<std::string> kStages{"pretrain", "slow_adapter", "fast_generator", "fast_adapter"};

struct Shape {
  std::string width, adapter, checkpointing;
};

Read of_shape(const Shape& shape) {
  std::vector<std::string> changes{"generator.width=" + shape.width,
                                   "generator.ffn_width=" + std::to_string(4 * std::stoi(shape.width)),
                                   "validation.every=0"};
  for (const std::string& stage : kStages) changes.insert(changes.end(), {"stage." + stage + ".batch=24"});
  changes.emplace_back("adapter.use=" + shape.adapter);
  changes.emplace_back("generator.checkpointing=" + shape.checkpointing);
  changes.emplace_back("stage.pretrain.optimiser.use=adamw");
  return Read("toy/smoke.toml", changes);
}

// Bytes at the peak of a stage above what was allocated before it. Runs in a process of its own, below, in which the
// stages before it are finished.
TEST_CASE("measure a stage", "[.measure]") {
  const char* given = std::getenv("FLASHMOTION_TEST_STAGE");
  if (given == nullptr) return;  // not in that process
  std::istringstream words(given);
  Shape shape;
  std::string name, folder;
  words >> shape.width >> shape.adapter >> shape.checkpointing >> name >> folder;
  const Read read = of_shape(shape);
  const flashmotion::Logger log;
  const flashmotion::StopFlag stop;
  flashmotion::RunFolder run(std::filesystem::path(folder) / "run", read.recipe.resolved,
                             flashmotion::RunAccess::resume);
  flashmotion::Experiment experiment(read.recipe, read.catalog, run, log);
  const PeakBytes peak;
  experiment.run_stage(*read.recipe.find_stage(name), {}, stop, {});
  std::ofstream(std::filesystem::path(folder) / "bytes") << peak.bytes();
}

double measured(const Shape& shape, const std::string& stage, const std::string& folder) {
  const std::string command = "FLASHMOTION_TEST_STAGE='" + shape.width + " " + shape.adapter + " " +
                              shape.checkpointing + " " + stage + " " + folder + "' '" +
                              std::filesystem::read_symlink("/proc/self/exe").string() + "' '[.measure]' > '" + folder +
                              "/out' 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(concurrency-mt-unsafe,cert-env33-c)
  return std::stod(flashmotion::read_file(folder + "/bytes"));
}

TEST_CASE("memory of a stage is near what was measured", "[train][slow]") {
  const auto shape = GENERATE(values<Shape>({{"64", "injection", "false"},
                                             {"128", "injection", "false"},
                                             {"256", "injection", "false"},
                                             {"128", "controlnet", "false"},
                                             {"128", "injection", "true"},
                                             {"256", "controlnet", "true"}}));
  const TempFolder temp;
  const Plan plan = of_shape(shape).plan();
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    const double peak = measured(shape, kStages[i], (temp / "").string());
    const auto estimate = static_cast<double>(plan.stages[i].memory.total(plan.stages[i].batch));
    INFO(kStages[i] << " of width " << shape.width << " with " << shape.adapter << ", checkpointing "
                    << shape.checkpointing << ": estimated " << estimate / 1e6 << " MB, measured " << peak / 1e6
                    << " MB, ratio " << estimate / peak);
    CHECK(peak > 0.0);
    CHECK(std::abs(estimate / peak - 1.0) < 0.2);
  }
}

}  // namespace plan_test
