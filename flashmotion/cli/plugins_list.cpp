#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/plugins.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/inspect.hpp"
#include "flashmotion/plugin/listing.hpp"
#include "flashmotion/train/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flashmotion::cli {
namespace plugins_list {

/// A file, and what its components say of themselves when they were asked.
struct Listed {
  PluginInspection file;
  std::vector<ComponentDoc> components;
  std::string failure;  // why they could not be asked
};

Listed look(PluginInspection file, bool ask, bool allow_writable) {
  Listed listed{std::move(file), {}, {}};
  if (!ask || !listed.file.accepted()) return listed;
  try {
    Catalog catalog;
    PluginHost(PluginSearch{{}, {}, allow_writable}).load(listed.file.file, catalog);
    listed.components = describe_components(catalog);
  } catch (const PluginError& error) {
    listed.failure = error.what();
  }
  return listed;
}

void json_components(JsonWriter& json, const std::vector<ComponentDoc>& components) {
  json.begin_array();
  for (const ComponentDoc& part : components) {
    json.begin_object().field("kind", part.kind).field("name", part.name).field("doc", part.doc);
    json.key("parameters").begin_array();
    for (const ParameterDoc& key : part.parameters) {
      json.begin_object().field("key", key.key).field("type", key.type).field("default", key.preset);
      json.field("rules", key.rules).field("doc", key.doc).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void json_files(JsonWriter& json, const std::vector<Listed>& plugins) {
  json.begin_array();
  for (const Listed& listed : plugins) {
    const PluginInspection& p = listed.file;
    json.begin_object().field("file", p.file).field("name", p.name).field("version", p.version);
    json.field("sha256", p.sha256).field("accepted", p.accepted()).field("reasons", p.reasons);
    json.field("warnings", p.warnings).key("provides").begin_array();
    for (const ProvidedComponent& part : p.provides)
      json.begin_object().field("kind", part.kind).field("name", part.name).end_object();
    json.end_array();
    if (!listed.components.empty()) {
      json.key("components");
      json_components(json, listed.components);
    }
    if (!listed.failure.empty()) json.field("failure", listed.failure);
    json.end_object();
  }
  json.end_array();
}

/// `width   integer, default 96, between 1 and 4096: channels of the residual blocks`
void print_parameters(const std::vector<ParameterDoc>& parameters) {
  std::size_t width = 0;
  for (const ParameterDoc& key : parameters) width = std::max(width, key.key.size());
  for (const ParameterDoc& key : parameters) {
    std::string text = key.type;
    if (!key.preset.empty()) text += ", default " + key.preset;
    if (!key.rules.empty()) text += ", " + key.rules;
    fmt::print("    {:<{}}  {}{}{}\n", key.key, width, text, key.doc.empty() ? "" : ": ", key.doc);
  }
}

void print_components(const std::vector<ComponentDoc>& components, bool with_parameters) {
  for (const ComponentDoc& part : components) {
    fmt::print("  {} '{}': {}\n", part.kind, part.name, part.doc);
    if (with_parameters) print_parameters(part.parameters);
  }
}

void print_file(const Listed& listed) {
  const PluginInspection& p = listed.file;
  std::string brings;
  for (const ProvidedComponent& part : p.provides)
    brings += fmt::format("{}{} '{}'", brings.empty() ? "" : ", ", part.kind, part.name);
  fmt::print("{}\n  plugin   {} {}\n  brings   {}\n  sha256   {}\n", p.file, p.name.empty() ? "-" : p.name, p.version,
             brings, p.sha256);
  if (p.stamp) {
    const AbiStamp& s = *p.stamp;
    fmt::print("  stamp    ABI {}, LibTorch {}, C++ {}\n", s.abi_number, s.torch_version, s.cxx_standard);
  }
  for (const std::string& warning : p.warnings) fmt::print("  warning  {}\n", warning);
  fmt::print("  verdict  {}\n", p.accepted() ? "fits this program" : p.refusal());
  if (!listed.failure.empty()) fmt::print("  failure  {}\n", listed.failure);
  print_components(listed.components, true);
}

}  // namespace plugins_list

int list_plugins(const cxxopts::ParseResult& parsed) {
  using namespace plugins_list;
  const PluginSearch search = {
      {}, standard_plugin_folders(list_of(parsed, "plugin-dir")), parsed.count("allow-writable-plugins") > 0};
  const bool ask = parsed.count("parameters") > 0;
  std::vector<Listed> plugins;
  for (PluginInspection& file : PluginHost(search).list())
    plugins.push_back(look(std::move(file), ask, search.allow_writable));
  const std::vector<ComponentDoc> built_in = describe_components(builtin_catalog());
  if (parsed.count("json") > 0) {
    JsonWriter json(2);
    json.begin_object().key("plugins");
    json_files(json, plugins);
    json.key("built_in");
    json_components(json, built_in);
    json.end_object();
    fmt::print("{}\n", json.text());
    return 0;
  }
  for (const Listed& plugin : plugins) print_file(plugin);
  fmt::print("built in\n");
  print_components(built_in, ask);
  return 0;
}

int inspect_plugins(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names) {
  using namespace plugins_list;
  const bool allow = parsed.count("allow-writable-plugins") > 0;
  std::vector<Listed> plugins;
  plugins.reserve(names.size());
  for (const std::string& file : names)
    plugins.push_back(look(inspect_plugin(file, allow), parsed.count("parameters") > 0, allow));
  if (parsed.count("json") > 0) {
    JsonWriter json(2);
    json_files(json, plugins);
    fmt::print("{}\n", json.text());
  } else {
    for (const Listed& plugin : plugins) print_file(plugin);
  }
  const bool good = std::all_of(plugins.begin(), plugins.end(), [](const Listed& p) { return p.file.accepted(); });
  return good ? 0 : 2;
}

}  // namespace flashmotion::cli
