#include "flashmotion/cli/command.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/freed_memory.hpp"
#include "flashmotion/base/suggest.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::cli {
namespace {

constexpr std::array kCommands{
    Command{"run", "carry out a recipe: train, evaluate, report", run_command},
    Command{"check", "check recipes without building anything", check_command},
    Command{"ablate", "run variants of a recipe over seeds, into one table", ablate_command},
    Command{"resume-check", "prove that a stopped and resumed training comes to the same weights",
            resume_check_command},
    Command{"generate", "make a clip with a finished run, or with a Wan checkpoint", generate_command},
    Command{"decode", "go on with a clip that was denoised and not decoded", decode_command},
    Command{"trajectory", "make, check, convert and draw trajectories", trajectory_command},
    Command{"report", "write a run's report anew, or compare runs in the terminal", report_command},
    Command{"convert", "write a checkpoint in another layout or type of number", convert_command},
    Command{"parity", "compare with a reference's numbers, folder by folder", parity_command},
    Command{"plan", "say what a recipe would take: parameters, memory, files, time", plan_command},
    Command{"cache", "encode a recipe's clips ahead of its training", cache_command},
    Command{"schema", "print a reference page of recipes, or a JSON Schema for editors", schema_command},
    Command{"bench", "time a part of the work on one clip, with random weights", bench_command},
    Command{"flashbench", "make benchmarks of trajectory-controlled video and measure models on them",
            flashbench_command},
    Command{"plugins", "list, inspect and check plugins, or begin a new one", plugins_command},
};

constexpr int kFailed = 1;
constexpr int kBadInput = 2;

void print_help() {
  fmt::print(
      "flashmotion: few-step, trajectory-controlled video generation\n\n"
      "usage: flashmotion COMMAND [OPTIONS]\n\ncommands:\n");
  for (const Command& command : kCommands) fmt::print("  {:<12} {}\n", command.name, command.summary);
  fmt::print(
      "\n'flashmotion COMMAND --help' explains a command; 'flashmotion --version' says what this build is.\n\n"
      "exit codes: 0 done, 1 failed, 2 bad input, 130 and 143 stopped by SIGINT and SIGTERM (state saved)\n\n"
      "first steps:\n"
      "  flashmotion run recipes/toy/smoke.toml --out runs/smoke\n"
      "  flashmotion check recipes/toy/three_stage.toml\n");
}

int dispatch(std::span<char* const> arguments, const Context& context) {
  if (arguments.empty()) {
    print_help();
    return kBadInput;
  }
  const std::string_view word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") {
    print_help();
    return 0;
  }
  if (word == "--version") {
    print_version();
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name == word) return command.run(arguments.subspan(1), context);
    names.emplace_back(command.name);
  }
  throw InputError(fmt::format("no command named '{}'{}", word, suggestion(word, names, "there are")));
}

}  // namespace
}  // namespace flashmotion::cli

int main(int argc, char** argv) {
  using namespace flashmotion;
  keep_freed_memory();
  const Logger log;
  StopFlag stop;
  const StopOnSignals signals(stop);
  const std::span<char* const> arguments(argv + 1, argc > 0 ? static_cast<std::size_t>(argc - 1) : 0);
  try {
    return cli::dispatch(arguments, {log, stop, argc > 0 ? argv[0] : "flashmotion"});
  } catch (const Interrupted& problem) {
    const std::string_view word = arguments.front();
    const bool resumes = word == "run" || word == "ablate" || word == "resume-check";
    fmt::print(
        stderr, "stopped; {}\n",
        resumes ? "the state is saved, go on with --resume" : "what was finished is kept, nothing is left half done");
    return 128 + problem.signal();
  } catch (const InputError& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return cli::kBadInput;
  } catch (const c10::Error& problem) {
    fmt::print(stderr, "error in LibTorch: {}\n", problem.what_without_backtrace());
  } catch (const std::exception& problem) {
    fmt::print(stderr, "error: {}\n", problem.what());
  }
  return cli::kFailed;
}
