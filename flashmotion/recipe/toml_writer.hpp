#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/node.hpp"

#include <string>

namespace flashmotion {

/// A table as canonical TOML text: keys in their order, values before sub-tables, shortest numbers that read back
/// equal. Dates and times, which recipes have no use for, are left out.
[[nodiscard]] FLASHMOTION_EXPORT std::string to_toml(const ConfigNode& table);

}  // namespace flashmotion
