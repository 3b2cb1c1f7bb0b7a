#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"

#include <cstdio>

namespace flashmotion::cli {

int check_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion check", "Checks recipes and all that they name; builds nothing.");
  options.custom_help("RECIPE… [OPTIONS]").positional_help("");
  options.add_options()("recipes", "recipe files", cxxopts::value<std::vector<std::string>>())(
      "resolved", "print the recipe with all defaults");
  add_change_options(options);
  add_plugin_options(options);
  options.parse_positional("recipes");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  if (parsed->count("recipes") == 0) throw InputError("no recipe was given; see 'flashmotion check --help'");
  int code = 0;
  for (const std::string& path : list_of(*parsed, "recipes")) {
    try {
      const LoadedRecipe loaded(path, changes_of(*parsed), plugin_search(*parsed));
      loaded.warn_of_changes(context.log);
      if (parsed->count("resolved") > 0) {
        fmt::print("{}", loaded.recipe.resolved);
      } else {
        fmt::print("{}: good\n", path);
      }
    } catch (const InputError& problem) {
      fmt::print(stderr, "{}\n", problem.what());
      code = 2;
    }
  }
  return code;
}

}  // namespace flashmotion::cli
