#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/fields.hpp"
#include "flashmotion/recipe/node.hpp"
#include "flashmotion/recipe/table_reader.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flashmotion {

namespace detail {

template <ConfigStruct C>
void read_members(TableReader& table, C& config);

/// Reports the first broken rule of a value; text, `required` and `Choices` are no rules.
template <class V, class R>
void check_rule(Reporter& reporter, const ConfigNode& node, const std::string& name, const V& value, const R& rule) {
  if constexpr (RuleFor<R, V>) {
    if (!rule.holds(value)) report_rule(reporter, node, name, rule.text());
  } else {
    static_assert(std::is_convertible_v<const R&, std::string_view> || std::is_same_v<R, Required> ||
                      std::is_empty_v<R> || WholeRule<R>,
                  "this rule does not fit the type of the member");
  }
}

template <class V, class... R>
void check_rules(Reporter& reporter, const ConfigNode& node, const std::string& name, const V& value,
                 const R&... rules) {
  (check_rule(reporter, node, name, value, rules), ...);
}

/// Rules for the list as a whole; the others were asked for each entry.
template <class V, class R>
void check_whole_rule(Reporter& reporter, const ConfigNode& node, const std::string& name, const V& value,
                      const R& rule) {
  if constexpr (WholeRule<R>) check_rule(reporter, node, name, value, rule);
}

template <class R>
decltype(auto) rule_of_entry(const R& rule) {
  if constexpr (WholeRule<R>)
    return "";
  else
    return (rule);
}

/// Reads one value, reports what is wrong with it; `member` changes only when the value has the right type.
template <class V, class... R>
void read_value(Reporter& reporter, const ConfigNode& node, const std::string& name, V& member, const R&... rules) {
  if constexpr (IsOptional<V>::value) {
    typename V::value_type value{};
    read_value(reporter, node, name, value, rules...);
    member = std::move(value);
  } else if constexpr (IsVector<V>::value) {
    if (!expect_array(reporter, node, name)) return;
    V values;
    for (std::size_t i = 0; i < node.size(); ++i) {
      typename V::value_type value{};
      read_value(reporter, node.element(i), entry_name(name, i), value, rule_of_entry(rules)...);
      values.push_back(std::move(value));
    }
    (check_whole_rule(reporter, node, name, values, rules), ...);
    member = std::move(values);
  } else if constexpr (IsArray<V>::value) {
    if (!expect_array(reporter, node, name, member.size())) return;
    for (std::size_t i = 0; i < node.size(); ++i)
      read_value(reporter, node.element(i), entry_name(name, i), member[i], rules...);
  } else if constexpr (NamedEnum<V>) {
    if (const auto word = read_word(reporter, node, name, enum_words<V>())) member = *parse_enum<V>(*word);
  } else if constexpr (std::is_same_v<V, RawNode>) {
    member.node = &node;
  } else if constexpr (std::is_same_v<V, ComponentNode> || std::is_same_v<V, ComponentOrNumber>) {
    if (read_component_node(reporter, node, name, member)) {
      if constexpr (std::is_same_v<V, ComponentOrNumber>) check_rules(reporter, node, name, member.number, rules...);
    }
  } else if constexpr (ConfigStruct<V>) {
    if (!expect_table(reporter, node, name)) return;
    TableReader table(node, reporter);
    read_members(table, member);
  } else {
    if (read_scalar(reporter, node, name, member)) check_rules(reporter, node, name, member, rules...);
  }
}

/// The visitor of `fields` that reads.
class FieldsReader {
 public:
  explicit FieldsReader(TableReader& table) : table_(table) {}

  template <class V, class... R>
  void operator()(std::string_view key, V& member, const R&... rules) {
    constexpr bool is_required = (std::is_same_v<R, Required> || ...);
    // Branches that vanish at compile time look alike to clang-tidy.
    if (const ConfigNode* node = table_.take(key)) {
      read_value(table_.reporter(), *node, std::string(key), member, rules...);
    } else if constexpr (is_required) {  // NOLINT(bugprone-branch-clone)
      table_.report_missing(key, ConfigStruct<V> || std::is_same_v<V, ComponentNode>);
    } else if constexpr (std::is_same_v<V, ComponentNode>) {
      table_.use_absent(key, member);
    } else if constexpr (ConfigStruct<V>) {
      // An absent table has its defaults, but may still lack what is required.
      TableReader absent = table_.absent_table(key);
      read_members(absent, member);
    }
  }

  void component(ComponentNode& member, std::string_view /*doc*/ = {}) { table_.take_component(member); }

 private:
  TableReader& table_;
};

template <ConfigStruct C>
void read_members(TableReader& table, C& config) {
  FieldsReader visitor(table);
  C::fields(visitor, config);
  table.finish();
  if constexpr (requires(const C& c, Check& check) { c.validate(check); }) {
    // Mistakes that need several keys are looked for only where each key alone is right.
    if (!table.clean()) return;
    Check check = table.check();
    static_cast<const C&>(config).validate(check);
  }
}

}  // namespace detail

/// Reads a table into a config and reports every mistake in it: unknown keys, wrong types, broken rules, missing keys,
/// and what `validate` finds. `ignored` keys belong to someone else. The result is worth using only when nothing was
/// reported.
template <ConfigStruct C>
[[nodiscard]] C read_config(const ConfigNode& table, Reporter& reporter, std::span<const std::string> ignored = {}) {
  C config;
  if (!detail::expect_table(reporter, table, "the value")) return config;
  detail::TableReader reader(table, reporter, ignored);
  detail::read_members(reader, config);
  return config;
}

/// Reads the config of a component whose owner was read: `use` and the owner's keys are left alone.
template <ConfigStruct C>
[[nodiscard]] C read_component(const ComponentNode& component, Reporter& reporter) {
  const std::vector<std::string> ignored = detail::keys_beside(component);
  return read_config<C>(detail::table_of(component), reporter, ignored);
}

}  // namespace flashmotion
