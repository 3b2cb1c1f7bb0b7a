#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <string>
#include <string_view>

namespace flashmotion {

/// One TOML value (`0.5`, `"a"`, `[1, 2]`), every part of it placed at `where`. Null when the text is not exactly that.
[[nodiscard]] FLASHMOTION_EXPORT TreeNode::Ptr parse_toml_value(std::string_view text, const SourceRegion& where);

/// A recipe file as a tree with places, and its text.
class FLASHMOTION_EXPORT TomlDocument {
 public:
  /// Reads and parses a file of at most 4 MiB. Throws `RecipeError` when it cannot be read or is no TOML.
  [[nodiscard]] static TomlDocument from_file(const std::string& path);
  /// Parses text; `file` is what messages call it. Throws `RecipeError` (place, line and caret) when it is no TOML.
  [[nodiscard]] static TomlDocument from_text(std::string text, std::string file);

  [[nodiscard]] TreeNode& root() { return *root_; }
  [[nodiscard]] const TreeNode& root() const { return *root_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  TomlDocument(std::string file, std::string text, TreeNode::Ptr root);

  std::string file_;
  std::string text_;
  TreeNode::Ptr root_;
};

}  // namespace flashmotion
