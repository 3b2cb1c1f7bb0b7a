#pragma once

#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/trajectory/formats/formats.hpp"

#include <string>
#include <utility>
#include <vector>

namespace flashmotion::cli {

// The sub-commands of `flashmotion trajectory`; `names` is what stands behind the sub-command. They return the exit
// code.

int check_trajectories(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context);
int describe_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                        const Context& context);
int convert_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context);
int render_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                      const Context& context);
int overlay_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                       const Context& context);
int make_trajectory(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names, const Context& context);
int trajectory_schema_command(const cxxopts::ParseResult& parsed, const std::vector<std::string>& names,
                              const Context& context);

/// `WIDTHxHEIGHT` of --size; zeros when it was not given.
[[nodiscard]] std::pair<std::int64_t, std::int64_t> size_option(const cxxopts::ParseResult& parsed);

/// Reads a trajectory of any format (--from, or by what the file is), with --frames, --size and --fps applied, notes
/// given to the log, and masks in files found.
[[nodiscard]] Trajectory load_trajectory(const std::string& path, const cxxopts::ParseResult& parsed,
                                         const Context& context, bool masks);

}  // namespace flashmotion::cli
