#pragma once

#include "flashmotion/base/read_file.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/recipe.hpp"
#include "flashmotion/train/runner.hpp"
#include "tests/support/other_losses.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// Whole runs of a small recipe inside the test's own process, on a device of one's choice.

namespace whole_run {

namespace fs = std::filesystem;

/// The smoke recipe with every other loss, guidance, a target that is a running average, and steps of several parts.
inline fs::path write_recipe(const fs::path& folder) {
  std::ofstream(folder / "all.toml") << "extends = \"" << FLASHMOTION_TEST_SOURCE_DIR << "/recipes/toy/smoke.toml\"\n"
                                     << R"(
[[stage]]
name = "slow_adapter"
timesteps = { density = "full_range", shift = 5.0 }
accumulate = 2
)" << other_losses::kMask << R"([[stage]]
name = "fast_generator"
real_guidance = 2.0
[[stage.objective]]
name = "lcm"
use = "lcm"
target = "generator"
[[stage]]
name = "fast_adapter"
accumulate = 2
diffusion_timesteps = { density = "full_range", shift = 5.0 }
)" << other_losses::kHybrid;
  return folder / "all.toml";
}

/// `options` say the run's folder and how it goes.
inline void run(const fs::path& recipe_file, const std::vector<std::string>& changes, flashmotion::RunOptions options) {
  flashmotion::Catalog catalog = flashmotion::builtin_catalog();
  flashmotion::PluginHost host({{}, {std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins"}});
  const auto recipe = flashmotion::read_recipe(recipe_file.string(), changes, catalog, host);
  const flashmotion::StopFlag stop;
  const flashmotion::Logger log(flashmotion::LogLevel::error);
  options.progress.quiet = true;
  static_cast<void>(flashmotion::run_recipe(recipe, catalog, host, options, stop, log));
}

/// Names of a run's files of weights.
inline std::set<std::string> weight_files(const fs::path& run) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.path().extension() == ".safetensors") names.insert(entry.path().lexically_relative(run).string());
  return names;
}

/// The values of all terms of all steps, by `stage/step/term`.
inline std::map<std::string, double> losses(const fs::path& run) {
  std::map<std::string, double> values;
  std::istringstream lines(flashmotion::read_file((run / "metrics.jsonl").string()));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (!json.contains("terms")) continue;
    const std::string place = json.at("stage").get<std::string>() + "/" + json.at("step").dump() + "/";
    for (const auto& [name, term] : json.at("terms").items()) values[place + name] = term.at("value").get<double>();
  }
  return values;
}

/// The largest difference of a loss over its size, and where; infinite when one run has other losses.
inline std::pair<double, std::string> largest_gap(const fs::path& one, const fs::path& other) {
  const auto a = losses(one), b = losses(other);
  std::pair<double, std::string> largest{0.0, ""};
  if (a.empty() || a.size() != b.size()) return {INFINITY, "the number of losses"};
  for (const auto& [place, value] : a) {
    const auto found = b.find(place);
    if (found == b.end()) return {INFINITY, place};
    const double gap = std::abs(value - found->second) / std::max(std::abs(value), 1e-3);
    if (!(gap <= largest.first)) largest = {gap, place};
  }
  return largest;
}

}  // namespace whole_run
