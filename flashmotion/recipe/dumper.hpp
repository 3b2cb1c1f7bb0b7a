#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flashmotion {

/// A config as a table with every default filled in; members that are not given (empty optionals, components without
/// a name) are left out.
template <ConfigStruct C>
[[nodiscard]] TreeNode::Ptr dump_config(const C& config);

namespace detail {

/// Puts `use` and the component's keys (resolved where they are, as written otherwise) into a table.
FLASHMOTION_EXPORT void dump_component(const ComponentNode& component, TreeNode& table);

template <class V>
[[nodiscard]] TreeNode::Ptr dump_value(const V& value) {
  if constexpr (std::is_same_v<V, bool>) {
    return TreeNode::make_boolean(value);
  } else if constexpr (std::is_same_v<V, std::int64_t>) {
    return TreeNode::make_integer(value);
  } else if constexpr (std::is_same_v<V, double>) {
    return TreeNode::make_floating(value);
  } else if constexpr (std::is_same_v<V, std::string>) {
    return TreeNode::make_string(value);
  } else if constexpr (NamedEnum<V>) {
    return TreeNode::make_string(std::string(to_string(value)));
  } else if constexpr (IsOptional<V>::value) {
    return value ? dump_value(*value) : nullptr;
  } else if constexpr (IsVector<V>::value || IsArray<V>::value) {
    auto array = TreeNode::make_array();
    for (const auto& entry : value)
      if (auto node = dump_value<typename V::value_type>(entry)) array->push(std::move(node));
    return array;
  } else if constexpr (std::is_same_v<V, ComponentNode>) {
    if (!value) return nullptr;
    auto table = TreeNode::make_table();
    dump_component(value, *table);
    return table;
  } else if constexpr (std::is_same_v<V, ComponentOrNumber>) {
    return value.component ? dump_value(value.component) : dump_value(value.number);
  } else if constexpr (std::is_same_v<V, RawNode>) {
    return value.node == nullptr ? nullptr : TreeNode::copy(*value.node);
  } else {
    return dump_config(value);
  }
}

/// The visitor of `fields` that writes.
class FieldsDumper {
 public:
  explicit FieldsDumper(TreeNode& table) : table_(table) {}

  template <class V, class... R>
  void operator()(std::string_view key, const V& member, const R&...) {
    if (auto node = dump_value(member)) table_.put(std::string(key), std::move(node));
  }

  void component(const ComponentNode& member, std::string_view /*doc*/ = {}) { dump_component(member, table_); }

 private:
  TreeNode& table_;
};

}  // namespace detail

template <ConfigStruct C>
TreeNode::Ptr dump_config(const C& config) {
  auto table = TreeNode::make_table();
  detail::FieldsDumper visitor(*table);
  C::fields(visitor, config);
  return table;
}

/// Reads a component's config and returns its table with all defaults, for `ComponentNode::resolved`.
template <ConfigStruct C>
[[nodiscard]] std::shared_ptr<const TreeNode> resolve_component(const ComponentNode& component, Reporter& reporter) {
  return dump_config(read_component<C>(component, reporter));
}

}  // namespace flashmotion
