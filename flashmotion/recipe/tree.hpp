#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/node.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A config tree in memory: what the parser makes, overrides change and the dumper fills. Children know their parent,
/// so nodes live on the heap and do not move.
class FLASHMOTION_EXPORT TreeNode final : public ConfigNode {
 public:
  using Ptr = std::unique_ptr<TreeNode>;

  static Ptr make_table(SourceRegion where = {});
  static Ptr make_array(SourceRegion where = {});
  static Ptr make_string(std::string value, SourceRegion where = {});
  static Ptr make_integer(std::int64_t value, SourceRegion where = {});
  static Ptr make_floating(double value, SourceRegion where = {});
  static Ptr make_boolean(bool value, SourceRegion where = {});
  /// A date or time; only its kind is kept, for messages.
  static Ptr make_date_time(SourceRegion where = {});
  /// A copy of any node, places included.
  static Ptr copy(const ConfigNode& node);
  ~TreeNode() override;

  [[nodiscard]] NodeKind kind() const override { return kind_; }
  [[nodiscard]] SourceRegion region() const override { return region_; }
  [[nodiscard]] std::string label() const override;
  [[nodiscard]] std::vector<std::string> keys() const override;
  [[nodiscard]] const TreeNode* child(std::string_view key) const override;
  [[nodiscard]] TreeNode* child(std::string_view key);
  [[nodiscard]] SourceRegion key_region(std::string_view key) const override;
  [[nodiscard]] std::size_t size() const override { return entries_.size(); }
  [[nodiscard]] const TreeNode& element(std::size_t i) const override;
  [[nodiscard]] TreeNode& element(std::size_t i);
  [[nodiscard]] std::string_view string_value() const override { return string_; }
  [[nodiscard]] std::int64_t integer_value() const override { return integer_; }
  [[nodiscard]] double floating_value() const override;
  [[nodiscard]] bool boolean_value() const override { return boolean_; }

  /// Tables: adds a key at the end, or replaces its value where it stands. Returns the new child.
  TreeNode& put(std::string key, Ptr value, SourceRegion key_where = {});
  /// Tables: takes a key out; nothing happens when there is none.
  void remove(std::string_view key);
  /// Arrays: takes one of its elements out; the reference is not valid any more.
  void remove(const TreeNode& element);
  /// Arrays: adds an element at the end and returns it.
  TreeNode& push(Ptr value);
  /// Tables without a parent: what messages call them.
  void set_label(std::string label) { own_label_ = std::move(label); }

 private:
  struct Entry {
    std::string key;
    SourceRegion key_where;
    Ptr value;
  };

  explicit TreeNode(NodeKind kind, SourceRegion where);
  [[nodiscard]] const Entry* find(std::string_view key) const;
  /// Keys from the top, joined by dots; array elements have none of their own.
  [[nodiscard]] std::string path() const;

  NodeKind kind_;
  SourceRegion region_;
  const TreeNode* parent_ = nullptr;
  std::string own_key_;
  std::string own_label_;
  std::vector<Entry> entries_;  // of tables; of arrays, where keys are empty
  std::string string_;
  std::int64_t integer_ = 0;
  double floating_ = 0.0;
  bool boolean_ = false;
};

}  // namespace flashmotion
