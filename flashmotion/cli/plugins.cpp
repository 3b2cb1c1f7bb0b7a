#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/plugin/inspect.hpp"

#include <fmt/format.h>

#include <vector>

namespace flashmotion::cli {
namespace {

std::string provided(const PluginInspection& plugin) {
  std::string text;
  for (const ProvidedComponent& part : plugin.provides) {
    text += fmt::format("{}{} '{}'", text.empty() ? "" : ", ", part.kind, part.name);
  }
  return text;
}

void print_json(const std::vector<PluginInspection>& plugins) {
  JsonWriter json(2);
  json.begin_array();
  for (const PluginInspection& p : plugins) {
    json.begin_object().field("file", p.file).field("name", p.name).field("version", p.version);
    json.field("sha256", p.sha256).field("accepted", p.accepted()).field("reasons", p.reasons);
    json.field("warnings", p.warnings).key("provides").begin_array();
    for (const ProvidedComponent& part : p.provides) {
      json.begin_object().field("kind", part.kind).field("name", part.name).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  fmt::print("{}\n", json.text());
}

void print_text(const PluginInspection& p) {
  fmt::print("{}\n  plugin   {} {}\n  brings   {}\n  sha256   {}\n", p.file, p.name.empty() ? "-" : p.name, p.version,
             provided(p), p.sha256);
  if (p.stamp) {
    const AbiStamp& s = *p.stamp;
    fmt::print("  stamp    ABI {}, LibTorch {}, C++ {}\n", s.abi_number, s.torch_version, s.cxx_standard);
  }
  for (const std::string& warning : p.warnings) fmt::print("  warning  {}\n", warning);
  fmt::print("  verdict  {}\n", p.accepted() ? "fits this program" : p.refusal());
}

}  // namespace

int plugins_command(std::span<char* const> arguments, const Context& /*context*/) {
  cxxopts::Options options(
      "flashmotion plugins",
      "list: what is found on the search path (--plugin-dir, FLASHMOTION_PLUGIN_PATH, the installed "
      "folder). inspect: what a file says of itself; nothing of it is run.");
  options.custom_help("list|inspect [FILE…] [OPTIONS]").positional_help("");
  options.add_options()("words", "list, or inspect and files", cxxopts::value<std::vector<std::string>>())(
      "plugin-dir", "folder of plugins; may be given again", cxxopts::value<std::vector<std::string>>())(
      "json", "for machines");
  options.parse_positional("words");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const auto words =
      parsed->count("words") > 0 ? (*parsed)["words"].as<std::vector<std::string>>() : std::vector<std::string>{"list"};
  std::vector<PluginInspection> found;
  if (words.front() == "list" && words.size() == 1) {
    const auto folders = parsed->count("plugin-dir") > 0 ? (*parsed)["plugin-dir"].as<std::vector<std::string>>()
                                                         : std::vector<std::string>{};
    found = PluginHost(PluginSearch{{}, standard_plugin_folders(folders)}).list();
  } else if (words.front() == "inspect" && words.size() > 1) {
    for (std::size_t i = 1; i < words.size(); ++i) found.push_back(inspect_plugin(words[i]));
  } else {
    throw InputError("say 'flashmotion plugins list' or 'flashmotion plugins inspect FILE'");
  }
  if (parsed->count("json") > 0) {
    print_json(found);
  } else {
    for (const PluginInspection& plugin : found) print_text(plugin);
  }
  if (words.front() != "inspect") return 0;
  for (const PluginInspection& plugin : found) {
    if (!plugin.accepted()) return 2;
  }
  return 0;
}

}  // namespace flashmotion::cli
