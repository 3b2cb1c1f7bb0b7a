#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/processes/processes.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/train/results.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>

namespace flashmotion {

struct RunOptions {
  std::string out;  // run folder
  bool resume = false;
  bool other_plugins = false;  // go on with --resume although a plugin is another file than at the start
  std::string store{};         // folder of a StageStore that results of stages are shared through; empty: none
  bool allow_change = false;   // go on although the recipe is another than at the start
  bool skip_damaged = false;   // go on from the newest state that is whole
  bool stages_only = false;    // no previews, no evaluation
  std::int64_t stops = 0;      // of each stage, on purpose; see TrainOptions
  ProgressOptions progress;
  Processes* processes = nullptr;          // that carry out the recipe together; null: one
  std::optional<c10::Device> device = {};  // where networks compute; none: the recipe's `run.device`
};

/// Carries out a recipe: all stages, variants, evaluation, previews, `results.json` and `report.html` in the run
/// folder. Throws Interrupted after the state was saved.
///
/// Of several processes the first one writes the folder, samples and evaluates; the others train with it and return no
/// results. All must see the folder and have the same recipe. Throws InputError when a batch cannot be shared evenly.
FLASHMOTION_EXPORT Results run_recipe(const Recipe& recipe, const Catalog& catalog, const PluginHost& host,
                                      const RunOptions& options, const StopFlag& stop, const Logger& log);

}  // namespace flashmotion
