#pragma once

#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/recipe.hpp"

#include <string>
#include <vector>

namespace flashmotion::cli {

/// A recipe with the catalog and the plugins that it uses.
struct LoadedRecipe {
  Catalog catalog = builtin_catalog();
  PluginHost host;
  Recipe recipe;

  LoadedRecipe(const std::string& path, const std::vector<std::string>& overrides,
               const std::vector<std::string>& plugin_folders)
      : host(PluginSearch{{}, standard_plugin_folders(plugin_folders)}),
        recipe(read_recipe(path, overrides, catalog, host)) {}
};

}  // namespace flashmotion::cli
