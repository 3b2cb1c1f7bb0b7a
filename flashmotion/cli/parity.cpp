#include "flashmotion/bench/parity/parity.hpp"

#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"

#include <algorithm>

namespace flashmotion::cli {

int parity_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options(
      "flashmotion parity",
      "Computes what fixture folders hold of a reference's numbers, and compares. Exit code 0 when "
      "all pass, 1 when a number differs, 2 when a folder is bad.");
  options.custom_help("FOLDER… [OPTIONS]").positional_help("");
  options.add_options()("folders", "fixture folders", cxxopts::value<std::vector<std::string>>())(
      "json", "print one JSON object instead of text");
  options.parse_positional("folders");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  if (parsed->count("folders") == 0) throw InputError("no folder was given; see 'flashmotion parity --help'");
  std::vector<parity::FolderResult> results;
  int code = 0;
  for (const std::string& folder : (*parsed)["folders"].as<std::vector<std::string>>()) {
    context.stop.throw_if_stopped();
    try {
      results.push_back(parity::run_folder(folder));
      if (!results.back().passed()) code = std::max(code, 1);
    } catch (const InputError& problem) {
      fmt::print(stderr, "{}\n", problem.what());
      results.push_back({folder, {}, {}, problem.what()});
      code = 2;
    }
  }
  fmt::print("{}", parsed->count("json") > 0 ? parity::results_json(results) : parity::results_text(results));
  return code;
}

}  // namespace flashmotion::cli
