#include "flashmotion/train/plugin_record.hpp"

#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/recipe/toml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace fs = std::filesystem;
namespace plugin_record_detail {

constexpr std::string_view kHeader = "\n[[plugins.used]]\n";

std::string short_digest(const std::string& sha256) { return sha256.substr(0, 16); }

}  // namespace plugin_record_detail

std::string plugins_record(std::span<const PluginInfo> loaded, const fs::path& folder) {
  const fs::path there = fs::weakly_canonical(fs::absolute(folder));
  std::string text;
  for (const PluginInfo& plugin : loaded) {
    const std::string file = fs::path(plugin.file).lexically_relative(there).generic_string();
    text += plugin_record_detail::kHeader;
    text += to_toml(*dump_config(UsedPlugin{plugin.name, plugin.version, file, plugin.sha256}));
  }
  return text;
}

std::string_view without_plugins_record(std::string_view resolved) {
  return resolved.substr(0, resolved.find(plugin_record_detail::kHeader));
}

std::vector<UsedPlugin> read_plugins_record(const fs::path& file) {
  std::error_code none;
  if (!fs::exists(file, none)) return {};
  const TomlDocument document = TomlDocument::from_file(file.string());
  const TreeNode* plugins = document.root().child("plugins");
  if (plugins == nullptr) return {};
  Diagnostics mistakes;
  const auto config = read_config<PluginsConfig>(*plugins, mistakes);
  mistakes.throw_if_any();
  return config.used.value_or(std::vector<UsedPlugin>{});
}

std::vector<std::string> plugin_changes(std::span<const UsedPlugin> recorded, std::span<const PluginInfo> loaded) {
  using plugin_record_detail::short_digest;
  std::vector<std::string> changes;
  if (recorded.empty()) return changes;
  for (const UsedPlugin& before : recorded) {
    const auto now =
        std::find_if(loaded.begin(), loaded.end(), [&](const PluginInfo& p) { return p.name == before.name; });
    if (now == loaded.end()) {
      changes.push_back(fmt::format("plugin {} {} (SHA-256 {}…) was recorded and is not used now", before.name,
                                    before.version, short_digest(before.sha256)));
    } else if (now->sha256 != before.sha256) {
      changes.push_back(fmt::format(
          "plugin {} is another file: {} with SHA-256 {}… was recorded, {} with SHA-256 {}… is used now ({})",
          before.name, before.version, short_digest(before.sha256), now->version, short_digest(now->sha256),
          now->file));
    }
  }
  for (const PluginInfo& now : loaded) {
    const bool known =
        std::any_of(recorded.begin(), recorded.end(), [&](const UsedPlugin& p) { return p.name == now.name; });
    if (!known) {
      changes.push_back(
          fmt::format("plugin {} {} was not recorded and is used now ({})", now.name, now.version, now.file));
    }
  }
  return changes;
}

}  // namespace flashmotion
