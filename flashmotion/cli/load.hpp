#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/recipe.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
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

/// A recipe with the catalog and the plugins that it uses.
struct LoadedRecipe {
  Catalog catalog = builtin_catalog();
  PluginHost host;
  Recipe recipe;

  LoadedRecipe(const std::string& path, const std::vector<std::string>& overrides,
               const std::vector<std::string>& plugin_folders)
      : host(PluginSearch{{}, standard_plugin_folders(plugin_folders)}),
        recipe(read_recipe(existing_recipe(path), overrides, catalog, host)) {}
};

}  // namespace flashmotion::cli
