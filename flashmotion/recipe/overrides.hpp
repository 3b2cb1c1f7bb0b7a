#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <span>
#include <string>

namespace flashmotion {

/// Applies `--set` options (`PATH=VALUE`) to a recipe, in their order. A path addresses tables by dots and entries of
/// arrays of tables by their `name` (`stage.hybrid.objective.gan.weight=0.5`); missing tables are made. The value is
/// TOML; a text that is none is taken as a string. Changed values carry the place `command line, --set N`, so that
/// readers report them there. Options that cannot be applied are reported.
FLASHMOTION_EXPORT void apply_overrides(TreeNode& root, std::span<const std::string> settings,
                                        Diagnostics& diagnostics);

}  // namespace flashmotion
