#include "flashmotion/cli/plugins.hpp"

#include "flashmotion/base/error.hpp"

namespace flashmotion::cli {
namespace {

constexpr const char* kHelp =
    "Plugins: what there is, whether a file fits, whether it keeps the laws of its kind, and the start of a new one.\n"
    "\n"
    "  list              what is built in and what lies on the search path: --plugin-dir, FLASHMOTION_PLUGIN_PATH, "
    "the\n"
    "                    installed folder. Reads the files and runs nothing of them; with --parameters it loads those\n"
    "                    that fit, to ask for their keys\n"
    "  inspect FILE…     what a file says of itself; exit code 2 when it is refused. The same holds for --parameters\n"
    "  check FILE…       loads the file, builds each component on a tiny generator, and judges it by the laws of its\n"
    "                    kind; exit code 1 when one is broken\n"
    "  new NAME          makes a project of its own in the folder NAME, or --out; it is complete: source, build, "
    "recipe\n";

}  // namespace

int plugins_command(std::span<char* const> arguments, const Context& /*context*/) {
  cxxopts::Options options("flashmotion plugins", kHelp);
  options.custom_help("list|inspect|check|new [FILE…|NAME] [OPTIONS]").positional_help("");
  using Texts = std::vector<std::string>;
  options.add_options()("words", "sub-command and what it works on", cxxopts::value<Texts>())(
      "plugin-dir", "folder of plugins; may be given again", cxxopts::value<Texts>())(
      "parameters", "list, inspect: also the keys of each component, with defaults and ranges")(
      "set", "check: a key of a component, --set NAME.KEY=VALUE; may be given again", cxxopts::value<Texts>())(
      "config", "check: a TOML file with a table for each component that needs keys", cxxopts::value<std::string>())(
      "kind", "new: what the plugin brings", cxxopts::value<std::string>())("out", "new: folder to make; default: NAME",
                                                                            cxxopts::value<std::string>())(
      "allow-writable-plugins", "accept plugins that everyone on this machine can write to")(
      "json", "list, inspect, check: for machines");
  options.parse_positional("words");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  Texts words = list_of(*parsed, "words");
  const std::string word = words.empty() ? "list" : words.front();
  if (!words.empty()) words.erase(words.begin());
  if (word == "list" && words.empty()) return list_plugins(*parsed);
  if (word == "inspect" && !words.empty()) return inspect_plugins(*parsed, words);
  if (word == "check" && !words.empty()) return check_plugins(*parsed, words);
  if (word == "new" && words.size() == 1) return new_plugin(*parsed, words);
  throw InputError(
      "say 'flashmotion plugins list', 'inspect FILE', 'check FILE' or 'new NAME --kind KIND'; see 'flashmotion "
      "plugins "
      "--help'");
}

}  // namespace flashmotion::cli
