#include "flashmotion/train/recipe_files.hpp"

#include <filesystem>
#include <utility>

namespace flashmotion {
namespace recipe_files_detail {

namespace fs = std::filesystem;

struct Home {
  const std::string& own;
  fs::path folder;

  /// The text for a file name that stands in another recipe; null when it needs none.
  [[nodiscard]] TreeNode::Ptr renamed(const TreeNode& value) const {
    const std::string file(value.string_value());
    const std::string& there = value.region().begin.file;
    if (file.empty() || there == own || fs::path(file).is_absolute()) return nullptr;
    const fs::path place = fs::weakly_canonical(fs::absolute(fs::path(there).parent_path() / file));
    return TreeNode::make_string(place.lexically_relative(folder).generic_string(), value.region());
  }
  void rename(TreeNode* table, const char* key) const {
    if (table == nullptr || !table->is(NodeKind::table)) return;
    const TreeNode* value = std::as_const(*table).child(key);
    if (value == nullptr) return;
    if (auto text = renamed(*value)) table->put(key, std::move(text), table->key_region(key));
  }
};

}  // namespace recipe_files_detail

void bring_files_home(TreeNode& root, const std::string& own, const std::string& folder) {
  using namespace recipe_files_detail;
  const Home home{own, fs::weakly_canonical(fs::absolute(folder.empty() ? fs::path(".") : fs::path(folder)))};
  home.rename(root.child("codec"), "load");
  home.rename(root.child("codec"), "checkpoint");
  home.rename(root.child("text"), "checkpoint");
  if (TreeNode* stages = root.child("stage"); stages != nullptr && stages->is(NodeKind::array))
    for (std::size_t i = 0; i < stages->size(); ++i) home.rename(&stages->element(i), "load");
  TreeNode* plugins = root.child("plugins");
  const TreeNode* files =
      plugins != nullptr && plugins->is(NodeKind::table) ? std::as_const(*plugins).child("files") : nullptr;
  if (files == nullptr || !files->is(NodeKind::array)) return;
  TreeNode::Ptr list = TreeNode::make_array(files->region());
  for (std::size_t i = 0; i < files->size(); ++i) {
    auto text = home.renamed(files->element(i));
    list->push(text ? std::move(text) : TreeNode::copy(files->element(i)));
  }
  plugins->put("files", std::move(list), plugins->key_region("files"));
}

}  // namespace flashmotion
