#pragma once

#include "flashmotion/cli/command.hpp"

#include <span>

namespace flashmotion::cli {

// The sub-commands of `flashmotion flashbench`; `arguments` stand behind the sub-command's word. They return the exit
// code.

int flashbench_make(std::span<char* const> arguments, const Context& context);
int flashbench_check(std::span<char* const> arguments, const Context& context);
int flashbench_run(std::span<char* const> arguments, const Context& context);
int flashbench_compare(std::span<char* const> arguments, const Context& context);

}  // namespace flashmotion::cli
