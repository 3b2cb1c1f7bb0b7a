#include "flashmotion/recipe/table_reader.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/recipe/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace flashmotion {
namespace table_reader_detail {

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string in_place(const std::string& label) { return label.empty() ? "at the top level" : "in " + label; }

/// Reads `use` of a component's table, which may have a default.
void read_use(Reporter& reporter, const ConfigNode& table, const std::string& label, const SourceRegion& where,
              ComponentNode& member) {
  const ConfigNode* use = table.child("use");
  member.use_region = where;
  if (use == nullptr) {
    if (member.use.empty()) reporter.error(where, fmt::format("missing key 'use' {}", in_place(label)));
    return;
  }
  member.use_region = use->region();
  if (!detail::read_scalar(reporter, *use, "use", member.use)) return;
  if (member.use.empty()) reporter.error(use->region(), "'use' must be the name of a component, found ''");
}

}  // namespace table_reader_detail

Check::Check(const ConfigNode* table, SourceRegion where, Reporter& reporter)
    : table_(table), where_(std::move(where)), reporter_(reporter) {}

void Check::error(std::string_view key, std::string_view message) {
  const ConfigNode* value = table_ == nullptr ? nullptr : table_->child(key);
  reporter_.error(value == nullptr ? where_ : value->region(), message);
}

void Check::unique_names(std::string_view key) {
  const ConfigNode* array = table_ == nullptr ? nullptr : table_->child(key);
  if (array == nullptr || !array->is(NodeKind::array)) return;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const ConfigNode* name = array->element(i).child("name");
    if (name == nullptr || !name->is(NodeKind::string)) continue;
    std::string word(name->string_value());
    if (table_reader_detail::contains(seen, word))
      reporter_.error(name->region(),
                      fmt::format("the name {} is taken by an earlier entry of [[{}]]", value_text(*name), key));
    seen.push_back(std::move(word));
  }
}

namespace detail {

TableReader::TableReader(const ConfigNode& table, Reporter& reporter, std::span<const std::string> ignored)
    : TableReader(&table, table.region(), table.label(), reporter) {
  ignored_.assign(ignored.begin(), ignored.end());
}

TableReader::TableReader(const ConfigNode* table, SourceRegion where, std::string label, Reporter& reporter)
    : table_(table),
      where_(std::move(where)),
      label_(std::move(label)),
      reporter_(reporter),
      count_before_(reporter.count()) {}

const ConfigNode* TableReader::take(std::string_view key) {
  FLASHMOTION_ASSERT(!table_reader_detail::contains(known_, key));  // a key is declared once
  known_.emplace_back(key);
  return table_ == nullptr ? nullptr : table_->child(key);
}

void TableReader::report_missing(std::string_view key, bool is_table) {
  const std::string what = is_table ? fmt::format("table [{}]", key) : fmt::format("key '{}'", key);
  reporter_.error(where_, fmt::format("missing {} {}", what, table_reader_detail::in_place(label_)));
}

void TableReader::take_component(ComponentNode& member) {
  FLASHMOTION_ASSERT(component_ == nullptr);  // a table has one `use`
  component_ = &member;
  member.table = table_;
  if (table_ != nullptr) table_reader_detail::read_use(reporter_, *table_, label_, where_, member);
}

void TableReader::use_absent(std::string_view key, ComponentNode& member) {
  auto table = TreeNode::make_table(where_);
  table->set_label(std::string(key));
  member.absent = std::move(table);
  member.table = member.absent.get();
  member.use_region = where_;
}

TableReader TableReader::absent_table(std::string_view key) const {
  return {nullptr, where_, fmt::format("[{}]", key), reporter_};
}

void TableReader::finish() {
  if (component_ != nullptr) {
    component_->owner_keys = known_;
    component_->owner_keys.insert(component_->owner_keys.end(), ignored_.begin(), ignored_.end());
    return;
  }
  if (table_ == nullptr) return;
  std::vector<std::string> meant = known_;
  meant.insert(meant.end(), ignored_.begin(), ignored_.end());
  for (const std::string& key : table_->keys()) {
    if (table_reader_detail::contains(meant, key)) continue;
    const ConfigNode& value = *table_->child(key);
    const bool is_table = value.is(NodeKind::table) ||
                          (value.is(NodeKind::array) && value.size() > 0 && value.element(0).is(NodeKind::table));
    const std::string what = is_table ? "table" : "key";
    reporter_.error(table_->key_region(key),
                    fmt::format("unknown {} '{}' {}{}", what, printable(key), table_reader_detail::in_place(label_),
                                suggestion(key, meant, "known keys")));
  }
}

bool read_scalar(Reporter& reporter, const ConfigNode& node, const std::string& name, bool& value) {
  if (node.is(NodeKind::boolean)) {
    value = node.boolean_value();
    return true;
  }
  reporter.error(node.region(), fmt::format("'{}' must be true or false, found {}", name, describe_node(node)));
  return false;
}

bool read_scalar(Reporter& reporter, const ConfigNode& node, const std::string& name, std::int64_t& value) {
  if (node.is(NodeKind::integer)) {
    value = node.integer_value();
    return true;
  }
  reporter.error(node.region(), fmt::format("'{}' must be an integer, found {}", name, describe_node(node)));
  return false;
}

bool read_scalar(Reporter& reporter, const ConfigNode& node, const std::string& name, double& value) {
  if (!node.is(NodeKind::floating) && !node.is(NodeKind::integer)) {
    reporter.error(node.region(), fmt::format("'{}' must be a number, found {}", name, describe_node(node)));
    return false;
  }
  const double number = node.floating_value();
  if (!(number - number == 0.0)) {  // infinite or not a number
    reporter.error(node.region(), fmt::format("'{}' must be a finite number, found {}", name, value_text(node)));
    return false;
  }
  value = number;
  return true;
}

bool read_scalar(Reporter& reporter, const ConfigNode& node, const std::string& name, std::string& value) {
  if (node.is(NodeKind::string)) {
    value = node.string_value();
    return true;
  }
  reporter.error(node.region(), fmt::format("'{}' must be a string, found {}", name, describe_node(node)));
  return false;
}

std::optional<std::string> read_word(Reporter& reporter, const ConfigNode& node, const std::string& name,
                                     const std::vector<std::string>& words) {
  const std::string rule = fmt::format("'{}' must be one of {}, found ", name, quoted_list(words));
  if (!node.is(NodeKind::string)) {
    reporter.error(node.region(), rule + describe_node(node));
    return std::nullopt;
  }
  const std::string word(node.string_value());
  if (table_reader_detail::contains(words, word)) return word;
  const auto near = nearest_name(word, words);
  reporter.error(node.region(), rule + value_text(node) + (near ? fmt::format("; did you mean '{}'?", *near) : ""));
  return std::nullopt;
}

bool read_component_node(Reporter& reporter, const ConfigNode& node, const std::string& name, ComponentNode& value) {
  if (!expect_table(reporter, node, name)) return false;
  value.table = &node;
  table_reader_detail::read_use(reporter, node, node.label(), node.region(), value);
  return true;
}

bool read_component_node(Reporter& reporter, const ConfigNode& node, const std::string& name,
                         ComponentOrNumber& value) {
  if (node.is(NodeKind::table)) {
    (void)read_component_node(reporter, node, name, value.component);
    return false;
  }
  value.component = {};
  if (node.is(NodeKind::integer) || node.is(NodeKind::floating)) return read_scalar(reporter, node, name, value.number);
  reporter.error(node.region(), fmt::format("'{}' must be a number or a table, found {}", name, describe_node(node)));
  return false;
}

bool expect_table(Reporter& reporter, const ConfigNode& node, const std::string& name) {
  if (node.is(NodeKind::table)) return true;
  reporter.error(node.region(), fmt::format("'{}' must be a table, found {}", name, describe_node(node)));
  return false;
}

bool expect_array(Reporter& reporter, const ConfigNode& node, const std::string& name, std::size_t count) {
  if (!node.is(NodeKind::array)) {
    reporter.error(node.region(), fmt::format("'{}' must be an array, found {}", name, describe_node(node)));
    return false;
  }
  if (count == 0 || node.size() == count) return true;
  reporter.error(node.region(), fmt::format("'{}' must be an array of {} values, found {}", name, count, node.size()));
  return false;
}

void report_rule(Reporter& reporter, const ConfigNode& node, const std::string& name, const std::string& rule) {
  reporter.error(node.region(), fmt::format("'{}' must {}, found {}", name, rule, value_text(node)));
}

std::string entry_name(const std::string& name, std::size_t i) { return fmt::format("{}[{}]", name, i); }

std::vector<std::string> keys_beside(const ComponentNode& component) {
  std::vector<std::string> keys = component.owner_keys;
  keys.emplace_back("use");
  return keys;
}

const ConfigNode& table_of(const ComponentNode& component) {
  static const std::unique_ptr<const TreeNode> empty = TreeNode::make_table();
  return component.table == nullptr ? *empty : *component.table;
}

}  // namespace detail
}  // namespace flashmotion
