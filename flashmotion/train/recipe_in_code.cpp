#include "flashmotion/train/recipe_in_code.hpp"

#include "flashmotion/recipe/toml_writer.hpp"

namespace flashmotion {

Recipe make_recipe(const RecipeConfig& config, const std::string& folder, Catalog& catalog, PluginHost& host) {
  return read_recipe(TomlDocument::from_text(to_toml(*dump_config(config)), "recipe made in code"), folder, {}, catalog,
                     host);
}

}  // namespace flashmotion
