// A whole experiment without a file: the recipe is put together in code, checked like any other, and carried out. What
// it leaves is a run folder with its recipe, figures and report.

#include "examples/tiny_world.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/train/recipe_in_code.hpp"
#include "flashmotion/train/runner.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace flashmotion::example {

/// A stage that trains one network with the flow-matching loss; the network has the stage's name.
inline StageConfig stage(const std::string& name, StageKind use, std::int64_t steps) {
  StageConfig stage;
  stage.name = name;
  stage.use = use;
  stage.steps = steps;
  stage.batch = 4;
  stage.objective.resize(1);
  stage.objective[0].objective = component("diffusion", DiffusionConfig{});
  stage.objective[0].name = "flow";
  stage.objective[0].target = name;
  return stage;
}

/// A generator and an adapter for it, trained for so many steps each.
inline RecipeConfig two_stages(std::int64_t steps) {
  RecipeConfig recipe;
  recipe.data = component("toy_motion", ToyMotionConfig{});
  recipe.generator = component("wan_dit", tiny_transformer());
  recipe.adapter = component("injection");

  recipe.stage = {stage("generator", StageKind::pretrain, steps), stage("adapter", StageKind::adapter, steps)};
  recipe.stage[1].generator = "generator";
  recipe.sampler.resize(1);
  recipe.sampler[0].name = "euler";
  recipe.sampler[0].sampler = component("euler", EulerConfig{.steps = 4});
  recipe.variant.resize(2);
  for (VariantConfig& variant : recipe.variant) {
    variant.generator = "generator";
    variant.sampler = "euler";
  }
  recipe.variant[0].name = "free";
  recipe.variant[1].name = "led";
  recipe.variant[1].adapter = "adapter";
  recipe.evaluation.cases = 4;
  recipe.evaluation.groups = {1, 2};
  recipe.evaluation.sampling_seeds = 1;
  recipe.evaluation.reference_clips = 32;
  return recipe;
}

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "flashmotion_example_070";
  fs::remove_all(folder);

  Catalog catalog = builtin_catalog();
  PluginHost host({{}, standard_plugin_folders()});
  const Recipe recipe = make_recipe(example::two_stages(5), "", catalog, host);
  RunOptions options;
  options.out = folder.string();
  options.progress.quiet = true;
  const StopFlag stop;
  const Results results = run_recipe(recipe, catalog, host, options, stop, Logger());
  for (const auto& [name, scores] : results.variants) {
    fmt::print("{}: box IoU {:.3f}\n", name, scores.overall.box_iou);
  }
  const bool complete = fs::exists(folder / "report.html") && results.variants.size() == 2;
  fs::remove_all(folder);
  return complete ? 0 : 1;
}
