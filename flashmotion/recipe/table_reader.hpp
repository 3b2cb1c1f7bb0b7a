#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/component.hpp"
#include "flashmotion/recipe/node.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// What a config's `validate` reports to: mistakes that no single key shows.
class FLASHMOTION_EXPORT Check {
 public:
  Check(const ConfigNode* table, SourceRegion where, Reporter& reporter);
  /// Points at the value of `key`, or at the table when the recipe does not give that key.
  void error(std::string_view key, std::string_view message);
  /// Entries of the array of tables `key` are addressed by `name`: reports those whose name came before.
  void unique_names(std::string_view key);

 private:
  const ConfigNode* table_;
  SourceRegion where_;
  Reporter& reporter_;
};

namespace detail {

/// The part of the reader that needs no templates: one table, the keys asked for so far, and what was wrong.
class FLASHMOTION_EXPORT TableReader {
 public:
  TableReader(const ConfigNode& table, Reporter& reporter, std::span<const std::string> ignored = {});

  [[nodiscard]] Reporter& reporter() { return reporter_; }
  /// The value of a key, or null; the key is known from now on.
  [[nodiscard]] const ConfigNode* take(std::string_view key);
  void report_missing(std::string_view key, bool is_table);
  /// Reads `use`; from now on unknown keys are the component's business.
  void take_component(ComponentNode& member);
  /// Gives a component that the recipe leaves to its default an empty table of its own.
  void use_absent(std::string_view key, ComponentNode& member);
  /// A reader of a table that the recipe leaves out.
  [[nodiscard]] TableReader absent_table(std::string_view key) const;
  /// Reports unknown keys. Called once, when all keys were taken.
  void finish();
  /// True when nothing in this table was wrong.
  [[nodiscard]] bool clean() const { return reporter_.count() == count_before_; }
  [[nodiscard]] Check check() { return {table_, where_, reporter_}; }

 private:
  TableReader(const ConfigNode* table, SourceRegion where, std::string label, Reporter& reporter);

  const ConfigNode* table_;
  SourceRegion where_;
  std::string label_;
  Reporter& reporter_;
  std::size_t count_before_;
  std::vector<std::string> known_;
  std::vector<std::string> ignored_;
  ComponentNode* component_ = nullptr;
};

// The functions below report when a value is not what it must be, and then return false or nothing.
[[nodiscard]] FLASHMOTION_EXPORT bool read_scalar(Reporter&, const ConfigNode&, const std::string& name, bool& value);
[[nodiscard]] FLASHMOTION_EXPORT bool read_scalar(Reporter&, const ConfigNode&, const std::string& name,
                                                  std::int64_t& value);
[[nodiscard]] FLASHMOTION_EXPORT bool read_scalar(Reporter&, const ConfigNode&, const std::string& name, double& value);
[[nodiscard]] FLASHMOTION_EXPORT bool read_scalar(Reporter&, const ConfigNode&, const std::string& name,
                                                  std::string& value);
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::string> read_word(Reporter&, const ConfigNode&,
                                                                      const std::string& name,
                                                                      const std::vector<std::string>& words);
[[nodiscard]] FLASHMOTION_EXPORT bool read_component_node(Reporter&, const ConfigNode&, const std::string& name,
                                                          ComponentNode& value);
/// True when the number has to be checked; a component is not.
[[nodiscard]] FLASHMOTION_EXPORT bool read_component_node(Reporter&, const ConfigNode&, const std::string& name,
                                                          ComponentOrNumber& value);
[[nodiscard]] FLASHMOTION_EXPORT bool expect_table(Reporter&, const ConfigNode&, const std::string& name);
/// `count` 0: any length.
[[nodiscard]] FLASHMOTION_EXPORT bool expect_array(Reporter&, const ConfigNode&, const std::string& name,
                                                   std::size_t count = 0);

FLASHMOTION_EXPORT void report_rule(Reporter&, const ConfigNode&, const std::string& name, const std::string& rule);
/// `name[i]`, from 0.
[[nodiscard]] FLASHMOTION_EXPORT std::string entry_name(const std::string& name, std::size_t i);
/// `use` and the owner's keys.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> keys_beside(const ComponentNode& component);
/// The component's table; an empty one when it was never read.
[[nodiscard]] FLASHMOTION_EXPORT const ConfigNode& table_of(const ComponentNode& component);

}  // namespace detail

}  // namespace flashmotion
