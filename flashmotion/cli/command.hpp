#pragma once

#include "flashmotion/base/log.hpp"
#include "flashmotion/base/stop.hpp"

#include <span>
#include <string>
#include <string_view>

namespace flashmotion::cli {

/// What every command is given.
struct Context {
  const Logger& log;
  const StopFlag& stop;
  std::string program;  // name it was started by
};

/// A sub-command: its name, one line for the overview, and what it does with the arguments after its name. Returns the
/// exit code; errors are thrown.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(std::span<char* const> arguments, const Context& context);
};

int run_command(std::span<char* const> arguments, const Context& context);
int check_command(std::span<char* const> arguments, const Context& context);
int resume_check_command(std::span<char* const> arguments, const Context& context);
int generate_command(std::span<char* const> arguments, const Context& context);
/// `generate` with --model.
int generate_model_command(std::span<char* const> arguments, const Context& context);
int decode_command(std::span<char* const> arguments, const Context& context);
int ablate_command(std::span<char* const> arguments, const Context& context);
int report_command(std::span<char* const> arguments, const Context& context);
int convert_command(std::span<char* const> arguments, const Context& context);
int parity_command(std::span<char* const> arguments, const Context& context);
int cache_command(std::span<char* const> arguments, const Context& context);
int plan_command(std::span<char* const> arguments, const Context& context);
int schema_command(std::span<char* const> arguments, const Context& context);
int bench_command(std::span<char* const> arguments, const Context& context);
int trajectory_command(std::span<char* const> arguments, const Context& context);
int flashbench_command(std::span<char* const> arguments, const Context& context);
int plugins_command(std::span<char* const> arguments, const Context& context);
/// Prints what was built, what is loaded and which arithmetic is really used.
void print_version();

}  // namespace flashmotion::cli
