#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace flashmotion {

namespace detail {

/// `integer`, `list of string`, `one of 'a', 'b'`, …
template <class V>
[[nodiscard]] std::string type_text() {
  if constexpr (std::is_same_v<V, bool>)
    return "boolean";
  else if constexpr (std::is_same_v<V, std::int64_t>)
    return "integer";
  else if constexpr (std::is_same_v<V, double>)
    return "number";
  else if constexpr (std::is_same_v<V, std::string>)
    return "string";
  else if constexpr (NamedEnum<V>)
    return fmt::format("one of {}", quoted_list(enum_words<V>()));
  else if constexpr (IsOptional<V>::value)
    return fmt::format("{}, may be left out", type_text<typename V::value_type>());
  else if constexpr (IsVector<V>::value)
    return fmt::format("list of {}", type_text<typename V::value_type>());
  else if constexpr (IsArray<V>::value)
    return fmt::format("list of {} {}", std::tuple_size_v<V>, type_text<typename V::value_type>());
  else if constexpr (std::is_same_v<V, ComponentNode>)
    return "component";
  else if constexpr (std::is_same_v<V, ComponentOrNumber>)
    return "number or component";
  else if constexpr (std::is_same_v<V, RawNode>)
    return "any value";
  else
    return "table";
}

/// The visitor of `fields` that documents.
class FieldsDescriber {
 public:
  FieldsDescriber(std::vector<ParameterDoc>& found, std::string prefix) : found_(found), prefix_(std::move(prefix)) {}

  template <class V, class... R>
  void operator()(std::string_view key, const V& member, const R&... rules) {
    if constexpr (ConfigStruct<V>) {
      FieldsDescriber nested(found_, prefix_ + std::string(key) + ".");
      V::fields(nested, member);
    } else {
      ParameterDoc parameter;
      parameter.key = prefix_ + std::string(key);
      parameter.type = type_text<V>();
      (add_rule(parameter, rules), ...);
      if constexpr (!(std::is_same_v<R, Required> || ...)) {
        if (const TreeNode::Ptr preset = dump_value(member)) parameter.preset = preset_text(*preset);
      }
      found_.push_back(std::move(parameter));
    }
  }
  void component(const ComponentNode& /*member*/, std::string_view /*doc*/ = {}) {}

 private:
  template <class R>
  static void add_rule(ParameterDoc& parameter, const R& rule) {
    if constexpr (std::is_convertible_v<const R&, std::string_view>) {
      parameter.doc = std::string(std::string_view(rule));
    } else if constexpr (std::is_same_v<R, Required>) {
      append(parameter.rules, "required");
    } else if constexpr (requires { rule.text(); }) {
      // Rules are worded to follow "must".
      const std::string text = rule.text();
      append(parameter.rules, text.rfind("be ", 0) == 0 ? text.substr(3) : text);
    }
  }
  static void append(std::string& rules, const std::string& text) {
    if (!rules.empty()) rules += ", ";
    rules += text;
  }
  static std::string preset_text(const TreeNode& node) {
    if (!node.is(NodeKind::array)) return value_text(node);
    std::string text = "[";
    for (std::size_t i = 0; i < node.size(); ++i) text += (i == 0 ? "" : ", ") + value_text(node.element(i));
    return text + "]";
  }

  std::vector<ParameterDoc>& found_;
  std::string prefix_;
};

}  // namespace detail

/// The keys of a config in the order of its declaration; nested tables are flattened to dotted keys.
template <ConfigStruct C>
[[nodiscard]] std::vector<ParameterDoc> describe_config() {
  std::vector<ParameterDoc> found;
  detail::FieldsDescriber visitor(found, {});
  const C preset{};
  C::fields(visitor, preset);
  return found;
}

}  // namespace flashmotion
