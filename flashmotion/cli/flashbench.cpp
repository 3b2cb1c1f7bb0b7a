#include "flashmotion/cli/flashbench.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace flashmotion::cli {
namespace {

constexpr std::array kSubCommands{
    Command{"make", "make a benchmark folder of real clips, the toy world or composed clips", flashbench_make},
    Command{"check", "read all of a benchmark folder and list its cases", flashbench_check},
    Command{"run", "measure a model on a benchmark: quality and obedience by number of objects", flashbench_run},
    Command{"compare", "set models side by side that were measured on the same benchmark", flashbench_compare},
};

void print_sub_commands() {
  fmt::print(
      "A benchmark of trajectory-controlled video: cases by number of objects, each with its first frame, words,\n"
      "trajectory, masks and the real clip.\n\n"
      "usage: flashmotion flashbench SUB-COMMAND [OPTIONS]\n\n");
  for (const Command& command : kSubCommands) fmt::print("  {:<9} {}\n", command.name, command.summary);
  fmt::print("\n'flashmotion flashbench SUB-COMMAND --help' explains one.\n");
}

}  // namespace

int flashbench_command(std::span<char* const> arguments, const Context& context) {
  std::vector<std::string> names;
  for (const Command& command : kSubCommands) names.emplace_back(command.name);
  if (arguments.empty())
    throw InputError(fmt::format("say what to do: {}; see 'flashmotion flashbench --help'", quoted_list(names)));
  const std::string_view word = arguments.front();
  if (word == "--help" || word == "-h") {
    print_sub_commands();
    return 0;
  }
  for (const Command& command : kSubCommands) {
    if (command.name == word) return command.run(arguments.subspan(1), context);
  }
  throw InputError(fmt::format("'{}' is nothing that is done with benchmarks{}; see 'flashmotion flashbench --help'",
                               word, suggestion(word, names, "there are")));
}

}  // namespace flashmotion::cli
