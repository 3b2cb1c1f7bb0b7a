#include "flashmotion/recipe/tree.hpp"

#include "flashmotion/base/assert.hpp"

#include <fmt/format.h>

#include <utility>

namespace flashmotion {

TreeNode::TreeNode(NodeKind kind, SourceRegion where) : kind_(kind), region_(std::move(where)) {}
TreeNode::~TreeNode() = default;

TreeNode::Ptr TreeNode::make_table(SourceRegion where) { return Ptr(new TreeNode(NodeKind::table, std::move(where))); }
TreeNode::Ptr TreeNode::make_array(SourceRegion where) { return Ptr(new TreeNode(NodeKind::array, std::move(where))); }
TreeNode::Ptr TreeNode::make_date_time(SourceRegion where) {
  return Ptr(new TreeNode(NodeKind::date_time, std::move(where)));
}

TreeNode::Ptr TreeNode::make_string(std::string value, SourceRegion where) {
  Ptr node(new TreeNode(NodeKind::string, std::move(where)));
  node->string_ = std::move(value);
  return node;
}

TreeNode::Ptr TreeNode::make_integer(std::int64_t value, SourceRegion where) {
  Ptr node(new TreeNode(NodeKind::integer, std::move(where)));
  node->integer_ = value;
  return node;
}

TreeNode::Ptr TreeNode::make_floating(double value, SourceRegion where) {
  Ptr node(new TreeNode(NodeKind::floating, std::move(where)));
  node->floating_ = value;
  return node;
}

TreeNode::Ptr TreeNode::make_boolean(bool value, SourceRegion where) {
  Ptr node(new TreeNode(NodeKind::boolean, std::move(where)));
  node->boolean_ = value;
  return node;
}

TreeNode::Ptr TreeNode::copy(const ConfigNode& node) {
  Ptr made(new TreeNode(node.kind(), node.region()));
  switch (node.kind()) {
    case NodeKind::table:
      for (const std::string& key : node.keys()) made->put(key, copy(*node.child(key)), node.key_region(key));
      break;
    case NodeKind::array:
      for (std::size_t i = 0; i < node.size(); ++i) made->push(copy(node.element(i)));
      break;
    default:
      made->string_ = node.string_value();
      made->integer_ = node.integer_value();
      made->floating_ = node.floating_value();
      made->boolean_ = node.boolean_value();
  }
  return made;
}

double TreeNode::floating_value() const {
  return kind_ == NodeKind::integer ? static_cast<double>(integer_) : floating_;
}

std::vector<std::string> TreeNode::keys() const {
  std::vector<std::string> keys;
  if (kind_ != NodeKind::table) return keys;
  keys.reserve(entries_.size());
  for (const Entry& entry : entries_) keys.push_back(entry.key);
  return keys;
}

const TreeNode::Entry* TreeNode::find(std::string_view key) const {
  if (kind_ != NodeKind::table) return nullptr;
  for (const Entry& entry : entries_)
    if (entry.key == key) return &entry;
  return nullptr;
}

const TreeNode* TreeNode::child(std::string_view key) const {
  const Entry* entry = find(key);
  return entry == nullptr ? nullptr : entry->value.get();
}

TreeNode* TreeNode::child(std::string_view key) {
  const Entry* entry = find(key);
  return entry == nullptr ? nullptr : entry->value.get();
}

SourceRegion TreeNode::key_region(std::string_view key) const {
  const Entry* entry = find(key);
  return entry == nullptr ? SourceRegion{} : entry->key_where;
}

const TreeNode& TreeNode::element(std::size_t i) const {
  FLASHMOTION_ASSERT(kind_ == NodeKind::array && i < entries_.size());
  return *entries_[i].value;
}

TreeNode& TreeNode::element(std::size_t i) {
  FLASHMOTION_ASSERT(kind_ == NodeKind::array && i < entries_.size());
  return *entries_[i].value;
}

TreeNode& TreeNode::put(std::string key, Ptr value, SourceRegion key_where) {
  FLASHMOTION_ASSERT(kind_ == NodeKind::table && value != nullptr);
  value->parent_ = this;
  value->own_key_ = key;
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    entry.key_where = std::move(key_where);
    entry.value = std::move(value);
    return *entry.value;
  }
  entries_.push_back({std::move(key), std::move(key_where), std::move(value)});
  return *entries_.back().value;
}

void TreeNode::remove(std::string_view key) {
  FLASHMOTION_ASSERT(kind_ == NodeKind::table);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
}

void TreeNode::remove(const TreeNode& element) {
  FLASHMOTION_ASSERT(kind_ == NodeKind::array);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.value.get() == &element; });
}

TreeNode& TreeNode::push(Ptr value) {
  FLASHMOTION_ASSERT(kind_ == NodeKind::array && value != nullptr);
  value->parent_ = this;
  entries_.push_back({{}, {}, std::move(value)});
  return *entries_.back().value;
}

std::string TreeNode::path() const {
  std::string path = parent_ == nullptr ? own_label_ : parent_->path();
  if (own_key_.empty()) return path;
  return path.empty() ? own_key_ : fmt::format("{}.{}", path, own_key_);
}

std::string TreeNode::label() const {
  const std::string path = this->path();
  if (path.empty()) return {};
  if (parent_ == nullptr || parent_->kind_ != NodeKind::array) return fmt::format("[{}]", path);
  const TreeNode* name = child("name");
  if (name == nullptr || name->kind_ != NodeKind::string) return fmt::format("[[{}]]", path);
  return fmt::format("[[{}]] '{}'", path, name->string_);
}

}  // namespace flashmotion
