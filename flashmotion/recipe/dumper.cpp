#include "flashmotion/recipe/dumper.hpp"

#include <algorithm>

namespace flashmotion::detail {

void dump_component(const ComponentNode& component, TreeNode& table) {
  if (!component) return;
  table.put("use", TreeNode::make_string(component.use));
  if (component.resolved != nullptr) {
    for (const std::string& key : component.resolved->keys())
      table.put(key, TreeNode::copy(*component.resolved->child(key)));
    return;
  }
  if (component.table == nullptr) return;
  const std::vector<std::string> beside = keys_beside(component);
  for (const std::string& key : component.table->keys())
    if (std::find(beside.begin(), beside.end(), key) == beside.end())
      table.put(key, TreeNode::copy(*component.table->child(key)));
}

}  // namespace flashmotion::detail
