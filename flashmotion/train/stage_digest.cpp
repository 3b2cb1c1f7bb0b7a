#include "flashmotion/train/stage_digest.hpp"

#include "flashmotion/base/sha256.hpp"
#include "flashmotion/plugin/abi.h"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/recipe/tree.hpp"
#include "flashmotion/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace flashmotion {
namespace stage_digest_detail {

namespace fs = std::filesystem;

std::string file_line(const char* what, const fs::path& file) {
  return fmt::format("{} = \"{}\"\n", what, sha256_of_file(file.string()));
}

/// Every file of a folder by name and content. Empty for data that is made.
std::string data_lines(const Recipe& recipe) {
  const ComponentNode& data = recipe.config.data;
  const ConfigNode* folder = data.resolved ? data.resolved->child("folder") : nullptr;
  if (folder == nullptr || folder->string_value().empty()) return {};
  const fs::path root{std::string(folder->string_value())};
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::recursive_directory_iterator it(root, none), end; !none && it != end; it.increment(none))
    if (it->is_regular_file(none)) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  std::string text;
  for (const fs::path& file : files)
    text += fmt::format("{} {}\n", file.lexically_relative(root).generic_string(), sha256_of_file(file.string()));
  return fmt::format("data_files = \"{}\"\n", sha256_hex(text));
}

/// What a stage of this recipe can use: kind and word.
std::vector<ProvidedComponent> used_components(const Recipe& recipe, const StageConfig& stage) {
  const RecipeConfig& config = recipe.config;
  std::vector<ProvidedComponent> used{{to_string(ComponentKind::trajectory_encoder), config.trajectory.use}};
  if (leaves_adapter(stage)) used.push_back({to_string(ComponentKind::adapter), config.adapter.use});
  if (stage.use == StageKind::hybrid && config.discriminator)
    used.push_back({to_string(ComponentKind::head), config.discriminator->head.use});
  for (const ObjectiveConfig& term : stage.objective) {
    used.push_back({to_string(ComponentKind::objective), term.objective.use});
    if (term.weight.component) used.push_back({to_string(ComponentKind::schedule), term.weight.component.use});
  }
  return used;
}

std::string plugin_lines(const Recipe& recipe, const StageConfig& stage) {
  const auto used = used_components(recipe, stage);
  std::string text;
  for (const PluginInfo& plugin : recipe.plugins) {
    const bool needed = std::any_of(plugin.provides.begin(), plugin.provides.end(), [&](const ProvidedComponent& part) {
      return std::find(used.begin(), used.end(), part) != used.end();
    });
    if (needed) text += fmt::format("plugin.{} = \"{}\"\n", plugin.name, plugin.sha256);
  }
  return text;
}

/// The recipe without what this stage does not look at.
RecipeConfig part_of(const Recipe& recipe, StageConfig stage, const std::vector<std::string>& drop) {
  const RecipeConfig& config = recipe.config;
  RecipeConfig part;
  part.run.seed = config.run.seed;
  part.run.threads = config.run.threads;
  part.run.log_every = config.run.log_every;  // lines of metrics are a part of the result
  part.run.gradient_every = config.run.gradient_every;
  part.health = config.health;  // what an alarm does may be to lower the learning rate
  part.data = config.data;
  part.codec = config.codec;
  part.codec.load.clear();
  part.text = config.text;
  part.generator = config.generator;
  part.trajectory = config.trajectory;
  if (leaves_adapter(stage)) part.adapter = config.adapter;
  if (stage.use == StageKind::hybrid) part.discriminator = config.discriminator;
  std::erase_if(stage.objective, [&](const ObjectiveConfig& term) {
    return std::find(drop.begin(), drop.end(), term.name) != drop.end();
  });
  if (config.validation.every > 0 && !stage.preview.empty()) {  // its lines and best weights are a part of the result
    part.validation = config.validation;
    part.evaluation.groups = config.evaluation.groups;
    std::copy_if(config.sampler.begin(), config.sampler.end(), std::back_inserter(part.sampler),
                 [&](const SamplerConfig& sampler) { return sampler.name == stage.preview; });
  }
  stage.preview.clear();
  stage.load.clear();
  part.stage = {std::move(stage)};
  return part;
}

/// Keys that came later than the first stores do not part them from a recipe that does not use the keys. Which device
/// computes is not for a recipe to say: `auto` may be any.
void leave_late_defaults_out(TreeNode& part) {
  part.child("run")->remove("device");
  TreeNode& stage = part.child("stage")->element(0);
  if (stage.child("accumulate")->integer_value() == StageConfig().accumulate) stage.remove("accumulate");
}

}  // namespace stage_digest_detail

std::string stage_inputs(const Recipe& recipe, const StageConfig& stage, const std::vector<std::string>& drop) {
  using namespace stage_digest_detail;
  const RecipeConfig& config = recipe.config;
  std::string text =
      fmt::format("toolkit = \"{}\"\nlibtorch = \"{}\"\nabi = {}\n", kVersion, kTorchVersion, FLASHMOTION_ABI_NUMBER);
  const TreeNode::Ptr part = dump_config(part_of(recipe, stage, drop));
  leave_late_defaults_out(*part);
  text += to_toml(*part);
  text += data_lines(recipe);
  const fs::path folder = recipe.folder;
  if (!config.codec.load.empty()) text += file_line("codec_file", folder / config.codec.load);
  if (!stage.load.empty() && drop.empty()) text += file_line("file", folder / stage.load);
  text += plugin_lines(recipe, stage);
  const auto upstream = [&](const char* role, const std::string& name) {
    const StageConfig* before = recipe.find_stage(name);
    if (before != nullptr) text += fmt::format("{} = \"{}\"\n", role, stage_digest(recipe, *before));
  };
  if (!stage.generator.empty()) upstream("generator", stage.generator);
  if (!stage.adapter.empty()) upstream("adapter", stage.adapter);
  if (stage.use == StageKind::hybrid && config.discriminator) {
    const std::string& features = config.discriminator->features;
    upstream("features", features.empty() ? config.stage.front().name : features);
  }
  return text;
}

std::string stage_digest(const Recipe& recipe, const StageConfig& stage, const std::vector<std::string>& drop) {
  return sha256_hex(stage_inputs(recipe, stage, drop));
}

}  // namespace flashmotion
