#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/plugin/inspect.hpp"
#include "flashmotion/report/recipe_reference.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::cli {
namespace schema_words {

/// Puts the page between the markers of a file.
void renew(const std::string& file, const std::string& page) {
  constexpr std::string_view kBegin = "<!-- flashmotion schema -->\n", kEnd = "<!-- end of flashmotion schema -->\n";
  std::string text = read_file(file);
  const std::size_t begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw InputError(fmt::format("'{}' lacks the markers: lines '{}' and '{}'", file,
                                 kBegin.substr(0, kBegin.size() - 1), kEnd.substr(0, kEnd.size() - 1)));
  const std::size_t inside = begin + kBegin.size();
  text.replace(inside, end - inside, "\n" + page + "\n");
  write_file_atomically(file, text);
}

}  // namespace schema_words

int schema_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion schema",
                           "Prints a reference page of recipes: every table and every component, those of the plugins "
                           "on the search path included, which are loaded to ask for their keys.");
  options.custom_help("[OPTIONS]").positional_help("");
  options.add_options()("json", "a JSON Schema for editors instead")(
      "into", "Markdown file in which to renew what stands between the markers of this page",
      cxxopts::value<std::string>());
  add_plugin_options(options);
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  Catalog catalog = builtin_catalog();
  PluginHost host(plugin_search(*parsed));
  host.load_files(catalog);
  for (const PluginInspection& plugin : host.list()) {
    if (!plugin.accepted()) {
      context.log.warning("{}", plugin.refusal());
      continue;
    }
    try {
      host.load(plugin.file, catalog);
    } catch (const PluginError& problem) {
      context.log.warning("{}", problem.what());
    }
  }
  std::vector<ComponentDoc> components = describe_parts();
  for (ComponentDoc& component : describe_components(catalog)) components.push_back(std::move(component));
  const std::vector<RecipeTable> tables = recipe_tables();
  const std::string page =
      parsed->count("json") > 0 ? recipe_schema(tables, components) : recipe_reference(tables, components);
  if (parsed->count("into") == 0) {
    fmt::print("{}", page);
  } else {
    schema_words::renew((*parsed)["into"].as<std::string>(), page);
  }
  return 0;
}

}  // namespace flashmotion::cli
