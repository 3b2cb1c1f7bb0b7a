#include "flashmotion/recipe/overrides.hpp"

#include "flashmotion/base/suggest.hpp"
#include "flashmotion/recipe/toml_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {
namespace overrides_detail {

struct Segment {
  std::string name;
  std::size_t offset;
  std::size_t length;
};

/// One `--set` option while it is applied.
struct Option {
  std::string place;
  const std::string& text;
  Diagnostics& diagnostics;

  [[nodiscard]] SourceRegion region(std::size_t offset, std::size_t length) const {
    // Columns count characters, and options rarely hold more than ASCII before the value.
    return {{place, 0, static_cast<std::int64_t>(offset) + 1}, static_cast<std::int64_t>(length)};
  }
  [[nodiscard]] SourceRegion region(const Segment& segment) const { return region(segment.offset, segment.length); }
};

/// Cuts `a."b.c".d`; nothing, with a report, when a part is empty or a quote is left open.
std::optional<std::vector<Segment>> split_path(const Option& option, std::string_view path) {
  std::vector<Segment> segments;
  for (std::size_t i = 0;;) {
    const std::size_t begin = i;
    std::string name;
    if (i < path.size() && (path[i] == '"' || path[i] == '\'')) {
      const std::size_t end = path.find(path[i], i + 1);
      if (end == std::string_view::npos) {
        option.diagnostics.error(option.region(i, 1), "a quote in the path has no end");
        return std::nullopt;
      }
      name = path.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      i = std::min(path.find('.', i), path.size());
      name = path.substr(begin, i - begin);
    }
    if (name.empty() || (i < path.size() && path[i] != '.')) {
      option.diagnostics.error(option.region(begin, 1), "a path is names with dots between them, such as 'run.seed'");
      return std::nullopt;
    }
    segments.push_back({std::move(name), begin, i - begin});
    if (i == path.size()) return segments;
    ++i;
  }
}

/// The value of an option: TOML, or else a bare word.
TreeNode::Ptr parse_value(const Option& option, std::string_view text, std::size_t offset) {
  const SourceRegion where = option.region(offset, std::max<std::size_t>(text.size(), 1));
  if (auto value = parse_toml_value(text, where)) return value;
  const bool meant_as_toml = text.empty() || std::string_view("\"'[{").find(text.front()) != std::string_view::npos;
  const bool one_line = text.find('\n') == std::string_view::npos;
  if (!meant_as_toml && one_line) return TreeNode::make_string(std::string(text), where);
  option.diagnostics.error(where, text.empty() ? "a value is missing behind '='; an empty string is written \"\""
                                               : "the value is not valid TOML");
  return nullptr;
}

/// The entry of an array of tables whose `name` is that of the segment.
TreeNode* entry_named(const Option& option, TreeNode& array, const Segment& segment, const std::string& path) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const TreeNode& entry = std::as_const(array).element(i);
    const TreeNode* name = entry.child("name");
    if (name == nullptr || !name->is(NodeKind::string)) continue;
    if (name->string_value() == segment.name) return &array.element(i);
    names.emplace_back(name->string_value());
  }
  option.diagnostics.error(option.region(segment),
                           fmt::format("no entry named '{}' in [[{}]]{}", printable(segment.name), path,
                                       suggestion(segment.name, names, "names")));
  return nullptr;
}

bool is_table_list(const TreeNode& node) {
  return node.is(NodeKind::array) && node.size() > 0 && node.element(0).is(NodeKind::table);
}

void set(TreeNode& root, const Option& option) {
  const std::size_t equals = option.text.find('=');
  if (equals == std::string::npos) {
    option.diagnostics.error(option.region(0, option.text.size()), "an option --set is written PATH=VALUE");
    return;
  }
  const std::string_view text = option.text;
  const auto segments = split_path(option, text.substr(0, equals));
  if (!segments) return;
  TreeNode::Ptr value = parse_value(option, text.substr(equals + 1), equals + 1);
  if (value == nullptr) return;

  TreeNode* here = &root;
  std::string path;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const Segment& segment = (*segments)[i];
    const bool last = i + 1 == segments->size();
    if (is_table_list(*here)) {
      here = entry_named(option, *here, segment, path);
      if (here == nullptr) return;
      if (last) {
        option.diagnostics.error(option.region(segment),
                                 fmt::format("'{}' names a whole entry; add a dot and the key to set", segment.name));
        return;
      }
    } else if (!here->is(NodeKind::table)) {
      option.diagnostics.error(option.region(segment), fmt::format("'{}' is {}, so it has no key '{}'", path,
                                                                   describe_node(*here), printable(segment.name)));
      return;
    } else if (last) {
      here->put(segment.name, std::move(value), option.region(segment));
      return;
    } else if (TreeNode* next = here->child(segment.name)) {
      here = next;
    } else {
      here = &here->put(segment.name, TreeNode::make_table(option.region(segment)), option.region(segment));
    }
    path += (path.empty() ? "" : ".") + segment.name;
  }
}

void drop(TreeNode& root, const Option& option) {
  const auto segments = split_path(option, option.text);
  if (!segments) return;
  TreeNode* here = &root;
  std::string path;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const Segment& segment = (*segments)[i];
    const bool last = i + 1 == segments->size();
    if (is_table_list(*here)) {
      TreeNode* entry = entry_named(option, *here, segment, path);
      if (entry == nullptr) return;
      if (last) return here->remove(*entry);
      here = entry;
    } else if (here->is(NodeKind::table) && here->child(segment.name) != nullptr) {
      if (last) return here->remove(segment.name);
      here = here->child(segment.name);
    } else {
      option.diagnostics.error(option.region(segment), fmt::format("there is no '{}' to drop", option.text));
      return;
    }
    path += (path.empty() ? "" : ".") + segment.name;
  }
}

}  // namespace overrides_detail

void apply_overrides(TreeNode& root, std::span<const std::string> changes, Diagnostics& diagnostics) {
  std::size_t sets = 0, drops = 0;
  for (const std::string& change : changes) {
    const bool drops_it = change.starts_with(kDropPrefix);
    const std::string text = drops_it ? change.substr(kDropPrefix.size()) : change;
    const std::string place =
        drops_it ? fmt::format("command line, --drop {}", ++drops) : fmt::format("command line, --set {}", ++sets);
    diagnostics.add_source(place, text);
    const overrides_detail::Option option{place, text, diagnostics};
    drops_it ? overrides_detail::drop(root, option) : overrides_detail::set(root, option);
  }
}

}  // namespace flashmotion
