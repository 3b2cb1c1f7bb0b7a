#include "flashmotion/base/json.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/plugins.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/laws/component_laws.hpp"
#include "flashmotion/plugin/laws/tensors.hpp"
#include "flashmotion/plugin/listing.hpp"
#include "flashmotion/recipe/diagnostics.hpp"
#include "flashmotion/recipe/overrides.hpp"
#include "flashmotion/recipe/toml_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flashmotion::cli {
namespace plugins_check {

/// A plugin, and a catalog with nothing but its components.
struct Loaded {
  PluginInfo plugin;
  Catalog catalog;
};

struct Judged {
  ProvidedComponent component;
  LawResults laws;

  [[nodiscard]] std::size_t broken() const {
    return static_cast<std::size_t>(
        std::count_if(laws.begin(), laws.end(), [](const LawResult& law) { return !law.holds; }));
  }
};

/// The tables that components are built from: `--config`, changed by `--set`.
TomlDocument read_tables(const cxxopts::ParseResult& parsed) {
  return parsed.count("config") > 0 ? TomlDocument::from_file(parsed["config"].as<std::string>())
                                    : TomlDocument::from_text("", "the component's table");
}

/// The tables of one of the plugins, checked before anything of it is built. Tables of the others may stand there too.
/// Throws RecipeError with all mistakes and a way out.
std::vector<ComponentNode> component_tables(const cxxopts::ParseResult& parsed, const std::vector<Loaded>& all,
                                            const Loaded& one, TomlDocument& document) {
  Diagnostics mistakes;
  mistakes.add_source(document.file(), document.text());
  TreeNode& root = document.root();
  apply_overrides(root, list_of(parsed, "set"), mistakes);
  std::vector<std::string> names;
  for (const Loaded& any : all)
    for (const ProvidedComponent& part : any.plugin.provides) names.push_back(part.name);
  const std::string who =
      all.size() == 1 ? fmt::format("the plugin {} has no", one.plugin.name) : std::string("none of the plugins has a");
  for (const std::string& key : root.keys()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    mistakes.error(root.key_region(key),
                   fmt::format("{} component '{}'{}", who, key, suggestion(key, names, "there are")));
  }
  std::vector<ComponentNode> tables;
  for (const ProvidedComponent& part : one.plugin.provides) {
    if (root.child(part.name) == nullptr) root.put(part.name, TreeNode::make_table());
    ComponentNode& table = tables.emplace_back();
    table.use = part.name;
    table.table = root.child(part.name);
    check_component(one.catalog, part.kind, table, mistakes);
  }
  if (!mistakes.empty())
    throw RecipeError(mistakes.text() + "\nGive keys by --set NAME.KEY=VALUE, or in tables [NAME] of --config FILE.");
  return tables;
}

void print_text(const PluginInfo& plugin, const std::vector<Judged>& judged) {
  fmt::print("plugin {} {} ({})\n", plugin.name, plugin.version, plugin.file);
  for (const Judged& part : judged) {
    fmt::print("{} '{}'\n", part.component.kind, part.component.name);
    for (const LawResult& law : part.laws)
      fmt::print("  {:<5}  {:<14}  {}\n", law.holds ? "ok" : "FAILS", law.law, law.detail);
    if (part.broken() == 0)
      fmt::print("  keeps its {} laws\n", part.laws.size());
    else
      fmt::print("  breaks {} of {} laws that were judged; those that lean on a broken one were not\n", part.broken(),
                 part.laws.size());
  }
  if (!law_tensors::has_cuda()) fmt::print("there is no GPU that this program can use: nothing was judged on one\n");
}

void write_json(JsonWriter& json, const PluginInfo& plugin, const std::vector<Judged>& judged) {
  json.begin_object().field("name", plugin.name).field("version", plugin.version).field("file", plugin.file);
  json.field("sha256", plugin.sha256).field("cuda", law_tensors::has_cuda()).key("components").begin_array();
  for (const Judged& part : judged) {
    json.begin_object().field("kind", part.component.kind).field("name", part.component.name);
    json.key("laws").begin_array();
    for (const LawResult& law : part.laws)
      json.begin_object().field("law", law.law).field("holds", law.holds).field("detail", law.detail).end_object();
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace plugins_check

int check_plugins(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names) {
  using namespace plugins_check;
  // Before LibTorch does anything: it remembers whether it has a GPU from the first time that it asks itself.
  static_cast<void>(cuda_problem());
  PluginHost host(PluginSearch{
      {}, standard_plugin_folders(list_of(parsed, "plugin-dir")), parsed.count("allow-writable-plugins") > 0});
  std::vector<Loaded> loaded;
  for (const std::string& name : names) {
    Loaded& one = loaded.emplace_back();
    one.plugin = host.load(name, one.catalog);
  }
  const bool for_machines = parsed.count("json") > 0;
  JsonWriter json(2);
  json.begin_array();
  bool good = true;
  for (const Loaded& one : loaded) {
    const PluginInfo& plugin = one.plugin;
    TomlDocument document = read_tables(parsed);
    const std::vector<ComponentNode> tables = component_tables(parsed, loaded, one, document);
    std::vector<Judged> judged;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      judged.push_back({plugin.provides[i], judge_component(plugin.provides[i].kind, one.catalog, tables[i])});
      good = good && judged.back().broken() == 0;
    }
    if (for_machines)
      write_json(json, plugin, judged);
    else
      print_text(plugin, judged);
  }
  json.end_array();
  if (for_machines) fmt::print("{}\n", json.text());
  return good ? 0 : 1;
}

}  // namespace flashmotion::cli
