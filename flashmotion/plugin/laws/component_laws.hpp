#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/laws/law.hpp"
#include "flashmotion/plugin/registry.hpp"

#include <string_view>

namespace flashmotion {

/// Builds the component that the table names, again and again, on a tiny generator, and judges it by the laws of its
/// kind, which is called as in `to_string(ComponentKind)`. Throws RecipeError when the table is wrong or the kind
/// unknown.
[[nodiscard]] FLASHMOTION_EXPORT LawResults judge_component(std::string_view kind, const Catalog& catalog,
                                                            const ComponentNode& table);

}  // namespace flashmotion
