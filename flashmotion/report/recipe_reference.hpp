#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/train/recipe_tables.hpp"

#include <span>
#include <string>

namespace flashmotion {

/// The tables of a recipe and the components of each as Markdown, from their declarations.
[[nodiscard]] FLASHMOTION_EXPORT std::string recipe_reference(std::span<const RecipeTable> tables,
                                                              std::span<const ComponentDoc> components);

/// A JSON Schema (draft 2020-12) of recipes for editors: types, ranges, words, defaults, help. Tables are closed. A
/// word after `use` that is not among the components may be a plugin's, so its other keys are left open where plugins
/// can bring one. Keys that must be given are asked for only of recipes without `extends`.
[[nodiscard]] FLASHMOTION_EXPORT std::string recipe_schema(std::span<const RecipeTable> tables,
                                                           std::span<const ComponentDoc> components);

}  // namespace flashmotion
