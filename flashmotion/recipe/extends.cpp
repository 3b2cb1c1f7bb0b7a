#include "flashmotion/recipe/extends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {
namespace extends_detail {

namespace fs = std::filesystem;

std::string_view text_of(const TreeNode& table, std::string_view key) {
  const TreeNode* value = table.child(key);
  return value != nullptr && value->is(NodeKind::string) ? value->string_value() : std::string_view();
}

/// An array whose entries all have a name.
bool is_named_list(const TreeNode& node) {
  if (!node.is(NodeKind::array) || node.size() == 0) return false;
  for (std::size_t i = 0; i < node.size(); ++i)
    if (!node.element(i).is(NodeKind::table) || text_of(node.element(i), "name").empty()) return false;
  return true;
}

void inherit(TreeNode& table, const TreeNode& base);

TreeNode::Ptr merged(const TreeNode& own, const TreeNode& base) {
  TreeNode::Ptr table = TreeNode::copy(own);
  const std::string_view use = text_of(own, "use");
  if (use.empty() || use == text_of(base, "use")) inherit(*table, base);
  return table;
}

TreeNode::Ptr merged_list(const TreeNode& own, const TreeNode& base) {
  TreeNode::Ptr list = TreeNode::make_array(own.region());
  const auto find = [](const TreeNode& in, std::string_view name) -> const TreeNode* {
    for (std::size_t i = 0; i < in.size(); ++i)
      if (text_of(in.element(i), "name") == name) return &in.element(i);
    return nullptr;
  };
  for (std::size_t i = 0; i < base.size(); ++i) {
    const TreeNode* entry = find(own, text_of(base.element(i), "name"));
    list->push(entry == nullptr ? TreeNode::copy(base.element(i)) : merged(*entry, base.element(i)));
  }
  for (std::size_t i = 0; i < own.size(); ++i)
    if (find(base, text_of(own.element(i), "name")) == nullptr) list->push(TreeNode::copy(own.element(i)));
  return list;
}

void inherit(TreeNode& table, const TreeNode& base) {
  for (const std::string& key : base.keys()) {
    const TreeNode& theirs = *base.child(key);
    const TreeNode* own = std::as_const(table).child(key);
    if (own == nullptr) {
      table.put(key, TreeNode::copy(theirs), base.key_region(key));
    } else if (own->is(NodeKind::table) && theirs.is(NodeKind::table)) {
      table.put(key, merged(*own, theirs), table.key_region(key));
    } else if (is_named_list(*own) && is_named_list(theirs)) {
      table.put(key, merged_list(*own, theirs), table.key_region(key));
    }
  }
}

/// Takes `extends` out of a recipe. Empty when there is none, or with a report when it is no text.
std::string take_extends(TomlDocument& document, SourceRegion& where, Diagnostics& diagnostics) {
  const TreeNode* value = std::as_const(document.root()).child("extends");
  if (value == nullptr) return {};
  where = value->region();
  std::string file(value->string_value());
  if (file.empty()) diagnostics.error(where, "'extends' names a recipe file, as a text");
  document.root().remove("extends");
  return file;
}

void follow(TomlDocument& document, const fs::path& folder, std::vector<fs::path> seen, Diagnostics& diagnostics) {
  SourceRegion where;
  const std::string name = take_extends(document, where, diagnostics);
  if (name.empty()) return;
  const fs::path file = (folder / name).lexically_normal();
  std::error_code none;
  const fs::path identity = fs::weakly_canonical(file, none);
  const auto fail = [&](const std::string& message) {
    diagnostics.error(where, message);
    diagnostics.throw_if_any();
  };
  if (std::find(seen.begin(), seen.end(), identity) != seen.end())
    fail(fmt::format("'extends' goes in a circle: '{}' is a base of itself", file.string()));
  if (!fs::is_regular_file(file, none))
    fail(fmt::format("'extends' names '{}', and there is no such file", file.string()));
  seen.push_back(identity);
  TomlDocument base = TomlDocument::from_file(file.string());
  diagnostics.add_source(base.file(), base.text(), where.begin.str());
  follow(base, file.parent_path(), std::move(seen), diagnostics);
  inherit(document.root(), base.root());
}

}  // namespace extends_detail

void apply_extends(TomlDocument& document, const std::string& folder, Diagnostics& diagnostics) {
  std::error_code none;
  extends_detail::follow(document, folder, {std::filesystem::weakly_canonical(document.file(), none)}, diagnostics);
}

}  // namespace flashmotion
