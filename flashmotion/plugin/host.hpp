#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/inspect.hpp"
#include "flashmotion/plugin/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A plugin that was loaded, as run folders record it.
struct PluginInfo {
  std::string name;
  std::string version;
  std::string file;    // absolute
  std::string sha256;  // of the file
  std::vector<ProvidedComponent> provides;
  std::vector<std::string> warnings;
};

/// Where plugins are looked for, first match first.
struct PluginSearch {
  std::vector<std::string> files;    // named ones, `--plugin`
  std::vector<std::string> folders;  // see standard_plugin_folders
  bool allow_writable = false;       // files and folders that everyone can write to
};

/// The folder of the plugins that come with the toolkit: `flashmotion/plugins` beside this library.
[[nodiscard]] FLASHMOTION_EXPORT std::string installed_plugin_folder();
/// The given folders, then those of the environment variable FLASHMOTION_PLUGIN_PATH (between colons), then the
/// installed one.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> standard_plugin_folders(std::vector<std::string> given = {});

/// Finds, judges and loads plugins. Each goes through four gates: inspect and compare (`inspect_plugin`), load, and
/// register. A loaded library stays until the process ends: gradient functions, deleters and exceptions of the plugin
/// may live in tensors that nobody can trace.
class FLASHMOTION_EXPORT PluginHost {
 public:
  explicit PluginHost(PluginSearch search) : search_(std::move(search)) {}

  /// Loads a plugin by file (a text with `/` or ending in `.so`) or by name, and adds its components to the catalog.
  /// Nothing happens when this host has loaded that file before. Throws PluginError with the reason of a refusal; the
  /// catalog is then as it was.
  const PluginInfo& load(const std::string& name_or_file, Catalog& catalog);
  /// Loads all of `files` of the search.
  void load_files(Catalog& catalog);
  /// A file that is looked at before the folders; a missing one is passed over.
  void search_file(const std::string& file);
  /// Sees to it that the catalog has this component when a plugin on the search path brings it: looks at the stamps of
  /// the files and loads the first that fits. Files that would bring it but are refused are noted in the catalog for
  /// its messages. Returns whether the catalog has it now.
  bool provide(ComponentKind kind, std::string_view component, Catalog& catalog);
  /// What all files on the search path say of themselves, by folder and name.
  [[nodiscard]] std::vector<PluginInspection> list() const;

  /// Loaded by this host, in order.
  [[nodiscard]] const std::vector<PluginInfo>& loaded() const { return loaded_; }

 private:
  [[nodiscard]] std::string find_file(const std::string& name) const;
  [[nodiscard]] PluginInspection look_at(const std::string& file) const;
  const PluginInfo& load_file(const PluginInspection& inspection, Catalog& catalog);

  PluginSearch search_;
  std::vector<PluginInfo> loaded_;
};

}  // namespace flashmotion
