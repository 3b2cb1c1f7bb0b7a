#pragma once

#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"

#include <string>
#include <vector>

namespace flashmotion::cli {

// The sub-commands of `flashmotion plugins`; `names` is what stands behind the sub-command. They return the exit code.

int list_plugins(const cxxopts::ParseResult& parsed);
int inspect_plugins(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names);
int check_plugins(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names);
int new_plugin(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names);

}  // namespace flashmotion::cli
