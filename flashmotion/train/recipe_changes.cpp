#include "flashmotion/train/recipe_changes.hpp"

#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/train/plugin_record.hpp"
#include "flashmotion/train/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace flashmotion {
namespace recipe_changes_detail {

struct Value {
  std::string path;
  std::string key;  // the same without names and numbers of entries
  std::string exact;
  std::string shown;
};
using Values = std::vector<Value>;

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string exact_value(const ConfigNode& node) {
  switch (node.kind()) {
    case NodeKind::string:
      return fmt::format("'{}'", node.string_value());
    case NodeKind::integer:
      return fmt::format("{}", node.integer_value());
    case NodeKind::floating:
      return fmt::format("{}", node.floating_value());
    default:
      return value_text(node);
  }
}

void flatten(const ConfigNode& node, const std::string& path, const std::string& key, Values& values) {
  if (node.is(NodeKind::table)) {
    for (const std::string& name : node.keys())
      flatten(*node.child(name), joined(path, name), joined(key, name), values);
    return;
  }
  if (!node.is(NodeKind::array)) {
    values.push_back({path, key, exact_value(node), value_text(node)});
    return;
  }
  const bool tables = node.size() > 0 && node.element(0).is(NodeKind::table);
  if (tables || path == "plugins.files") {
    for (std::size_t i = 0; i < node.size(); ++i) {
      const ConfigNode* name = tables ? node.element(i).child("name") : nullptr;
      flatten(node.element(i), joined(path, name != nullptr ? std::string(name->string_value()) : std::to_string(i)),
              key, values);
    }
    return;
  }
  std::string exact;
  for (std::size_t i = 0; i < node.size(); ++i) exact += (i == 0 ? "" : ", ") + exact_value(node.element(i));
  values.push_back({path, key, exact, fmt::format("[{}]", exact)});
}

Values values_of(std::string_view resolved, const char* what) {
  Values values;
  flatten(TomlDocument::from_text(std::string(without_plugins_record(resolved)), what).root(), "", "", values);
  return values;
}

// What the toolkit's own keys are when a recipe does not give them; not those of components, which may be a plugin's.
Values default_values() {
  RecipeConfig recipe;
  recipe.stage.emplace_back().objective.emplace_back();
  recipe.sampler.emplace_back();
  recipe.variant.emplace_back();
  recipe.expectation.emplace_back();
  Values values;
  flatten(*dump_config(recipe), "", "", values);
  return values;
}

// A key that an older version did not have, and that says what that version did.
bool is_new_default(const Value& value) {
  static const Values defaults = default_values();
  return std::any_of(defaults.begin(), defaults.end(),
                     [&](const Value& v) { return v.key == value.key && v.exact == value.exact; });
}

// Paths of `values` that `others` has too, in their order.
std::vector<std::string> shared_paths(const Values& values, const Values& others) {
  std::set<std::string> there;
  for (const Value& value : others) there.insert(value.path);
  std::vector<std::string> paths;
  for (const Value& value : values)
    if (there.contains(value.path)) paths.push_back(value.path);
  return paths;
}

const Value* find(const Values& values, const std::string& path) {
  const auto at = std::find_if(values.begin(), values.end(), [&](const Value& v) { return v.path == path; });
  return at == values.end() ? nullptr : &*at;
}

bool names_file(const std::string& path) {
  return path == "codec.load" || (path.starts_with("stage.") && path.ends_with(".load")) ||
         path.starts_with("plugins.files.");
}

/// Without the steps upwards and the quotes.
std::string_view way_down(std::string_view quoted) {
  std::string_view file = quoted.substr(1, quoted.size() - 2);
  while (file.starts_with("../")) file.remove_prefix(3);
  return file;
}

bool same_file(const Value& before, const Value& now) {
  std::string_view one = way_down(before.exact), other = way_down(now.exact);
  if (one.size() > other.size()) std::swap(one, other);
  if (one.empty() || !other.ends_with(one)) return false;
  return one.size() == other.size() || other[other.size() - one.size() - 1] == '/';
}

}  // namespace recipe_changes_detail

RecipeChanges recipe_changes(std::string_view before, std::string_view now) {
  using namespace recipe_changes_detail;
  RecipeChanges changes;
  if (without_plugins_record(before) == without_plugins_record(now)) return changes;
  const Values old_values = values_of(before, "the recipe of the run"), new_values = values_of(now, "the recipe");
  for (const Value& was : old_values) {
    const Value* is = find(new_values, was.path);
    if (is == nullptr) {
      changes.keys.push_back(fmt::format("{} was {} and is not there now", was.path, was.shown));
    } else if (is->exact != was.exact) {
      if (names_file(was.path) && same_file(was, *is)) {
        changes.moved = true;
      } else {
        changes.keys.push_back(fmt::format("{} was {} and is {} now", was.path, was.shown, is->shown));
      }
    }
  }
  for (const Value& is : new_values) {
    if (find(old_values, is.path) == nullptr && !is_new_default(is)) {
      changes.keys.push_back(fmt::format("{} was not there and is {} now", is.path, is.shown));
    }
  }
  if (changes.none() && shared_paths(old_values, new_values) != shared_paths(new_values, old_values))
    changes.keys.emplace_back("the order of the entries is another");
  return changes;
}

}  // namespace flashmotion
