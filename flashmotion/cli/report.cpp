#include "flashmotion/report/report.hpp"

#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/report/table.hpp"

#include <filesystem>

namespace flashmotion::cli {

int report_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion report",
                           "Writes report.html of a run anew and prints its table; several runs (seeds of one recipe) "
                           "are printed together.");
  options.custom_help("RUN… [OPTIONS]").positional_help("");
  options.add_options()("runs", "run folders", cxxopts::value<std::vector<std::string>>());
  options.parse_positional("runs");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  if (parsed->count("runs") == 0) throw InputError("no run folder was given; see 'flashmotion report --help'");
  const auto runs = (*parsed)["runs"].as<std::vector<std::string>>();
  for (const std::string& run : runs) {
    write_report(run);
    context.log.info("report: {}", (std::filesystem::path(run) / "report.html").string());
  }
  // A run that goes on can be looked at; several are printed to be compared.
  if (runs.size() == 1 && !std::filesystem::exists(std::filesystem::path(runs[0]) / "results.json")) {
    context.log.info("there is no table yet: the evaluation follows the last stage");
    return 0;
  }
  fmt::print("{}", results_table(runs));
  return 0;
}

}  // namespace flashmotion::cli
