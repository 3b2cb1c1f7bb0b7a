#pragma once

#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/train/recipe.hpp"

#include <string>

namespace flashmotion {

/// The table `{ use = use, … }` of a recipe that is put together in code. `config` is that of the component; without
/// one its defaults hold.
template <ConfigStruct C>
[[nodiscard]] ComponentNode component(std::string use, const C& config) {
  ComponentNode node{.use = std::move(use)};
  node.resolved = dump_config(config);
  return node;
}
[[nodiscard]] inline ComponentNode component(std::string use) { return {.use = std::move(use)}; }

/// A recipe that is put together in code, checked as if it stood in a file of that folder: `folder` is where relative
/// names of files begin. Throws RecipeError with all mistakes at once; their places are those of the canonical text.
[[nodiscard]] FLASHMOTION_EXPORT Recipe make_recipe(const RecipeConfig& config, const std::string& folder,
                                                    Catalog& catalog, PluginHost& host);

}  // namespace flashmotion
