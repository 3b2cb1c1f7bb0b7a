#include "flashmotion/base/error.hpp"
#include "flashmotion/cli/flashbench.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/report/bench_report.hpp"

namespace flashmotion::cli {
namespace {

constexpr const char* kBenchCompareHelp =
    "Compares models that were measured on the same benchmark: the first with each of the others, case by case, with\n"
    "95 % intervals of the paired differences.\n";

}  // namespace

int flashbench_compare(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion flashbench compare", kBenchCompareHelp);
  options.custom_help("RESULT RESULT... [OPTIONS]").positional_help("");
  options.add_options()("results", "folders that 'flashbench run' wrote", cxxopts::value<std::vector<std::string>>())(
      "out", "folder for comparison.json, .csv, .tex and .html", cxxopts::value<std::string>())("json", "for machines");
  options.parse_positional("results");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  std::vector<ComparedModel> models;
  for (const std::string& folder : list_of(*parsed, "results")) models.push_back({folder, read_result(folder)});
  if (models.size() < 2) throw InputError("give two folders or more that 'flashbench run' wrote");
  std::vector<BenchComparison> comparisons;
  for (std::size_t i = 1; i < models.size(); ++i) {
    context.stop.throw_if_stopped();
    comparisons.push_back(compare_results(models[0].result, models[i].result));
  }
  if (parsed->count("out") > 0) write_comparison((*parsed)["out"].as<std::string>(), models, comparisons);
  fmt::print("{}",
             parsed->count("json") > 0 ? comparison_json(models, comparisons) : comparison_table(models, comparisons));
  return 0;
}

}  // namespace flashmotion::cli
