#pragma once

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <cxxopts.hpp>

#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flashmotion::cli {

/// Parses a command's arguments. Prints the help and returns nothing when it was asked for; throws InputError when the
/// arguments are wrong.
inline std::optional<cxxopts::ParseResult> parse(cxxopts::Options& options, std::span<char* const> arguments) {
  options.add_options()("h,help", "show this help");
  std::vector<char*> list;
  std::string name = options.program();
  list.push_back(name.data());
  list.insert(list.end(), arguments.begin(), arguments.end());
  list.push_back(nullptr);
  int count = static_cast<int>(list.size()) - 1;
  char** values = list.data();
  try {
    cxxopts::ParseResult result = options.parse(count, values);
    if (result.count("help") > 0) {
      fmt::print("{}", options.help());
      return std::nullopt;
    }
    if (!result.unmatched().empty()) {
      throw InputError(fmt::format("'{}' is one argument too many; see '{} --help'", result.unmatched().front(), name));
    }
    return result;
  } catch (const cxxopts::exceptions::exception& problem) {
    throw InputError(fmt::format("{}; see '{} --help'", problem.what(), name));
  }
}

/// The value of an option that must be given.
inline std::string required(const cxxopts::ParseResult& result, const std::string& option, const std::string& what) {
  if (result.count(option) == 0) throw InputError(fmt::format("{} is missing: give --{}", what, option));
  return result[option].as<std::string>();
}

}  // namespace flashmotion::cli
