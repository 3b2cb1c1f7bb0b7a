#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <string>

namespace flashmotion {

/// The files that a recipe inherits are named from the recipe that names them: rewrites `codec.load`, `stage.load` and
/// `plugins.files` whose place is another file than `own`, so that they are found from `folder`.
FLASHMOTION_EXPORT void bring_files_home(TreeNode& root, const std::string& own, const std::string& folder);

}  // namespace flashmotion
