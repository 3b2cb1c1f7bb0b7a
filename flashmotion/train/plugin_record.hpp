#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a resolved recipe says of the plugins that it ran with: a table `[[plugins.used]]` each, at the end of the text.

namespace flashmotion {

struct UsedPlugin {
  std::string name;
  std::string version;
  std::string file;
  std::string sha256;

  static void fields(auto& f, auto& c) {
    f("name", c.name, required, "name of the plugin");
    f("version", c.version, "its version");
    f("file", c.file, required, "where it lay, seen from the recipe; looked at before the folders of plugins");
    f("sha256", c.sha256, "digest of the file");
  }
};

struct PluginsConfig {
  std::vector<std::string> files;
  std::optional<std::vector<UsedPlugin>> used;

  static void fields(auto& f, auto& c) {
    f("files", c.files, "plugin files to load besides those that are found by the names of their components");
    f("used", c.used, "written by the program: plugins that the recipe ran with");
  }
};

/// The tables for the end of a resolved recipe in this folder; files are named from there. Empty without plugins.
[[nodiscard]] FLASHMOTION_EXPORT std::string plugins_record(std::span<const PluginInfo> loaded,
                                                            const std::filesystem::path& folder);
/// A resolved recipe without these tables: what must be equal for one run to go on with another's folder.
[[nodiscard]] FLASHMOTION_EXPORT std::string_view without_plugins_record(std::string_view resolved);
/// The tables of a resolved recipe file; none when there is no such file. Throws RecipeError when it is no TOML.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<UsedPlugin> read_plugins_record(const std::filesystem::path& file);

/// A sentence for each plugin that is not what was recorded: another file, missing, or new. None when nothing was
/// recorded.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> plugin_changes(std::span<const UsedPlugin> recorded,
                                                                         std::span<const PluginInfo> loaded);

}  // namespace flashmotion
