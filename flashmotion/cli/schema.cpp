#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/cli/page.hpp"
#include "flashmotion/plugin/inspect.hpp"
#include "flashmotion/report/recipe_reference.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace flashmotion::cli {
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
    renew_page((*parsed)["into"].as<std::string>(), "flashmotion schema", page);
  }
  return 0;
}

}  // namespace flashmotion::cli
