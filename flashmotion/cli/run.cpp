#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/report/report.hpp"
#include "flashmotion/train/runner.hpp"

#include <ATen/Parallel.h>

#include <filesystem>

namespace flashmotion::cli {
namespace run_detail {

// Whether damaged states are skipped, by the value of --resume.
bool skips_damaged(const std::string& choice) {
  if (choice == "newest" || choice == "previous") return choice == "previous";
  throw InputError(fmt::format("--resume is given alone or as --resume=previous, not as --resume={}", choice));
}

}  // namespace run_detail

int run_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options("flashmotion run", "Carries out a recipe: its stages, variants, evaluation and report.");
  options.custom_help("RECIPE [OPTIONS]").positional_help("");
  options.add_options()("recipe", "recipe file", cxxopts::value<std::string>())(
      "out", "run folder; default: runs/NAME-OF-THE-RECIPE", cxxopts::value<std::string>())(
      "resume", "go on with the run in the folder; --resume=previous: from the newest state that is whole",
      cxxopts::value<std::string>()->implicit_value("newest"),
      "[=previous]")("allow-change", "with --resume: go on although the recipe is another than at the start")(
      "other-plugins", "with --resume: go on although a plugin is another file than at the start")(
      "stages-only", "train, and neither preview nor evaluate")(
      "stops", "end each stage so many times on the way, its state saved, with exit code 143 (for resume-check)",
      cxxopts::value<std::int64_t>())(
      "store", "folder of finished stages to share with other runs: equal stages are trained once",
      cxxopts::value<std::string>())("quiet", "no progress");
  add_change_options(options);
  add_plugin_options(options);
  options.parse_positional("recipe");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const std::string path = required(*parsed, "recipe", "the recipe");
  LoadedRecipe loaded(path, changes_of(*parsed), plugin_search(*parsed));
  loaded.warn_of_changes(context.log);
  at::set_num_threads(static_cast<int>(loaded.recipe.config.run.threads));

  RunOptions run;
  run.out = parsed->count("out") > 0 ? (*parsed)["out"].as<std::string>()
                                     : "runs/" + std::filesystem::path(path).stem().string();
  run.resume = parsed->count("resume") > 0;
  run.skip_damaged = run.resume && run_detail::skips_damaged((*parsed)["resume"].as<std::string>());
  run.allow_change = parsed->count("allow-change") > 0;
  run.stages_only = parsed->count("stages-only") > 0;
  if (parsed->count("stops") > 0) run.stops = (*parsed)["stops"].as<std::int64_t>();
  run.other_plugins = parsed->count("other-plugins") > 0;
  if (parsed->count("store") > 0) run.store = (*parsed)["store"].as<std::string>();
  run.progress.quiet = parsed->count("quiet") > 0;
  const Results results = run_recipe(loaded.recipe, loaded.catalog, loaded.host, run, context.stop, context.log);
  if (run.stages_only) return 0;
  for (const Verdict& v : results.verdicts) {
    context.log.info("{}: '{}' {} than '{}' in {}", v.verdict, v.variant, v.relation, v.than, v.metric);
  }
  context.log.info("report: {}", (std::filesystem::path(run.out) / "report.html").string());
  return 0;
}

}  // namespace flashmotion::cli
