#pragma once

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"

#include <fmt/format.h>
// A comma belongs to a value: --set evaluation.groups=[1,2].
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <cxxopts.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::cli {

/// The first argument that looks like a long option and is none; empty when there is none.
inline std::string unknown_option(const cxxopts::Options& options, std::span<char* const> arguments,
                                  std::vector<std::string>& known) {
  for (const cxxopts::HelpOptionDetails& option : options.group_help("").options) {
    known.insert(known.end(), option.l.begin(), option.l.end());
  }
  for (const std::string_view argument : arguments) {
    if (!argument.starts_with("--")) continue;
    std::string name(argument.substr(2, argument.find('=') - 2));
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end()) return name;
  }
  return {};
}

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
  } catch (const cxxopts::exceptions::no_such_option& problem) {
    std::vector<std::string> known;
    const std::string unknown = unknown_option(options, arguments, known);
    if (unknown.empty()) throw InputError(fmt::format("{}; see '{} --help'", problem.what(), name));
    const auto nearest = nearest_name(unknown, known);
    throw InputError(fmt::format("no option named '--{}'{}; see '{} --help'", unknown,
                                 nearest ? fmt::format(" (did you mean '--{}'?)", *nearest) : std::string(), name));
  } catch (const cxxopts::exceptions::exception& problem) {
    throw InputError(fmt::format("{}; see '{} --help'", problem.what(), name));
  }
}

/// All values of an option that may be given again.
inline std::vector<std::string> list_of(const cxxopts::ParseResult& result, const std::string& option) {
  return result.count(option) > 0 ? result[option].as<std::vector<std::string>>() : std::vector<std::string>{};
}

/// `1,2,6+` as its parts.
inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// The value of an option that must be given.
inline std::string required(const cxxopts::ParseResult& result, const std::string& option, const std::string& what) {
  if (result.count(option) == 0) throw InputError(fmt::format("{} is missing: give --{}", what, option));
  return result[option].as<std::string>();
}

}  // namespace flashmotion::cli
