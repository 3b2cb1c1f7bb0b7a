#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/toml_document.hpp"

#include <string>

namespace flashmotion {

/// Follows `extends = "FILE"` of a recipe, relative to `folder`, and of the recipes behind it: what they hold and this
/// one does not is put into its tree, places included, and `extends` is taken out. Tables merge key by key, arrays of
/// tables by the `name` of their entries, in the base's order and then the new ones; a table whose `use` is another one
/// begins anew. The texts go to the diagnostics, so that messages about inherited values show their line and who
/// inherits it. Throws RecipeError at a file that cannot be read or is no TOML, and at a circle.
FLASHMOTION_EXPORT void apply_extends(TomlDocument& document, const std::string& folder, Diagnostics& diagnostics);

}  // namespace flashmotion
