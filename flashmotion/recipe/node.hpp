#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/export.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Something a user wrote: where it begins and how many characters of that line belong to it.
struct SourceRegion {
  SourceLocation begin;
  std::int64_t length = 1;
};

enum class NodeKind { table, array, string, integer, floating, boolean, date_time };

/// One value of a recipe, as plugins see it: plain virtual functions, no type of a parser. Nodes are borrowed; they
/// live as long as the document that made them.
class FLASHMOTION_EXPORT ConfigNode {
 public:
  ConfigNode() = default;
  ConfigNode(const ConfigNode&) = delete;
  ConfigNode& operator=(const ConfigNode&) = delete;
  virtual ~ConfigNode();

  [[nodiscard]] virtual NodeKind kind() const = 0;
  /// The value's place; unknown for the top-level table.
  [[nodiscard]] virtual SourceRegion region() const = 0;
  /// What a message calls this table: `[distil]`, `[[stage]] 'hybrid'`; empty for the top level.
  [[nodiscard]] virtual std::string label() const = 0;

  /// Tables: keys in the order of the file, empty for other kinds.
  [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
  /// Tables: the value of a key, or null.
  [[nodiscard]] virtual const ConfigNode* child(std::string_view key) const = 0;
  /// Tables: the place of a key (not of its value); unknown when there is no such key.
  [[nodiscard]] virtual SourceRegion key_region(std::string_view key) const = 0;

  /// Entries of an array or a table, 0 for other kinds.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Arrays: element `i`, below `size()`.
  [[nodiscard]] virtual const ConfigNode& element(std::size_t i) const = 0;

  /// The value of a node of that very kind; empty, 0 or false for other kinds.
  [[nodiscard]] virtual std::string_view string_value() const = 0;
  [[nodiscard]] virtual std::int64_t integer_value() const = 0;
  /// Floating and integer nodes.
  [[nodiscard]] virtual double floating_value() const = 0;
  [[nodiscard]] virtual bool boolean_value() const = 0;

  [[nodiscard]] bool is(NodeKind kind) const { return this->kind() == kind; }
  [[nodiscard]] SourceLocation location() const { return region().begin; }
  [[nodiscard]] SourceLocation key_location(std::string_view key) const { return key_region(key).begin; }
};

/// Where readers tell mistakes. Implemented by `Diagnostics`.
class FLASHMOTION_EXPORT Reporter {
 public:
  Reporter() = default;
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  virtual ~Reporter();

  /// One mistake. `note` is printed below the marked line when it is not empty.
  virtual void error(const SourceRegion& where, std::string_view message, std::string_view note = {}) = 0;
  /// Mistakes so far.
  [[nodiscard]] virtual std::size_t count() const = 0;
};

/// A user's text as messages show it: at most about 60 bytes, control characters escaped.
[[nodiscard]] FLASHMOTION_EXPORT std::string printable(std::string_view text);
/// `string 'x'`, `integer 4`, `number 0.5`, `boolean true`, `a table`, `an array`, `a date or time`.
[[nodiscard]] FLASHMOTION_EXPORT std::string describe_node(const ConfigNode& node);
/// The value alone: `'x'`, `4`, `0.5`, `true`; as `describe_node` for the other kinds.
[[nodiscard]] FLASHMOTION_EXPORT std::string value_text(const ConfigNode& node);

}  // namespace flashmotion
