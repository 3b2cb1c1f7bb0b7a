#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <span>
#include <string>
#include <string_view>

namespace flashmotion {

/// What begins a change that takes something out.
inline constexpr std::string_view kDropPrefix = "drop ";

/// Applies changes to a recipe, in their order: `PATH=VALUE` as of `--set`, or `drop PATH` as of `--drop`. A path
/// addresses tables by dots and entries of arrays of tables by their `name` (`stage.hybrid.objective.gan.weight=0.5`,
/// `drop variant.naive`); missing tables are made. The value is TOML; a text that is none is taken as a string. Changed
/// values carry the place `command line, --set N`, so that readers report them there. Changes that cannot be applied
/// are reported.
FLASHMOTION_EXPORT void apply_overrides(TreeNode& root, std::span<const std::string> changes, Diagnostics& diagnostics);

}  // namespace flashmotion
