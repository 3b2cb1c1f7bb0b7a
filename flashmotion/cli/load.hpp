#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/train/recipe.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace flashmotion::cli {

/// The path of a recipe that is there. Throws InputError that names the nearest recipe beside it.
inline const std::string& existing_recipe(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (fs::exists(path, none)) return path;
  const fs::path folder = fs::path(path).parent_path();
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, none)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().filename().string());
  }
  const auto nearest = nearest_name(fs::path(path).filename().string(), names);
  throw InputError(fmt::format("there is no recipe '{}'{}", path,
                               nearest ? fmt::format("; did you mean '{}'?", (folder / *nearest).string()) : ""));
}

/// The options of commands that change a recipe.
inline void add_change_options(cxxopts::Options& options) {
  options.add_options()("set", "change a key: --set run.seed=1, --set stage.fast_adapter.steps=50; may be given again",
                        cxxopts::value<std::vector<std::string>>())(
      "drop", "leave something out: --drop variant.naive; may be given again",
      cxxopts::value<std::vector<std::string>>());
}
/// What they ask for, as `apply_overrides` takes it.
inline std::vector<std::string> changes_of(const cxxopts::ParseResult& parsed) {
  std::vector<std::string> changes = list_of(parsed, "set");
  for (const std::string& path : list_of(parsed, "drop")) changes.push_back(std::string(kDropPrefix) + path);
  return changes;
}

/// The options of commands that load plugins.
inline void add_plugin_options(cxxopts::Options& options) {
  options.add_options()("plugin", "plugin file to load before the recipe is looked at; may be given again",
                        cxxopts::value<std::vector<std::string>>())(
      "plugin-dir", "folder of plugins; may be given again", cxxopts::value<std::vector<std::string>>())(
      "allow-writable-plugins", "load plugins that everyone on this machine can write to");
}
/// Where plugins are looked for, by these options.
inline PluginSearch plugin_search(const cxxopts::ParseResult& parsed) {
  return {list_of(parsed, "plugin"), standard_plugin_folders(list_of(parsed, "plugin-dir")),
          parsed.count("allow-writable-plugins") > 0};
}

/// A recipe with the catalog and the plugins that it uses.
struct LoadedRecipe {
  Catalog catalog = builtin_catalog();
  PluginHost host;
  Recipe recipe;

  LoadedRecipe(const std::string& path, const std::vector<std::string>& overrides, PluginSearch search)
      : host(std::move(search)), recipe(read_recipe(existing_recipe(path), overrides, catalog, host)) {}

  /// Says where the plugins are not those that the recipe records.
  void warn_of_changes(const Logger& log) const {
    for (const std::string& change : recipe.plugin_changes) log.warning("{}; the results may differ", change);
  }
};

}  // namespace flashmotion::cli
