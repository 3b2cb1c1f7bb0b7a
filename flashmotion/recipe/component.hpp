#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/node.hpp"

#include <memory>
#include <string>
#include <vector>

namespace flashmotion {

class TreeNode;

/// A table with `use = "name"`, whose other keys belong to the component of that name. The table is borrowed from the
/// recipe's tree and read later, by `read_component`.
struct ComponentNode {
  /// Name of the component; a default may stand here. Empty: none was asked for.
  std::string use{};
  /// Place of the name in the recipe; of the table when the recipe does not give it.
  SourceRegion use_region{};
  /// The table; null until it was read.
  const ConfigNode* table = nullptr;
  /// Keys of that table that are not the component's.
  std::vector<std::string> owner_keys{};
  /// Keeps `table` alive where the recipe has none.
  std::shared_ptr<const TreeNode> absent{};
  /// The component's table with all defaults, for the dump; see `resolve_component`.
  std::shared_ptr<const TreeNode> resolved{};

  [[nodiscard]] explicit operator bool() const { return !use.empty(); }
};

/// A number, or a component that gives one: `weight = 1.0` or `weight = { use = "inverse", a = 4e-3 }`.
struct ComponentOrNumber {
  double number = 0.0;
  /// Holds a component when the recipe gave a table.
  ComponentNode component{};
};

/// A value that is kept as it stands and read by its owner; null when the recipe has none.
struct RawNode {
  const ConfigNode* node = nullptr;
};

}  // namespace flashmotion
