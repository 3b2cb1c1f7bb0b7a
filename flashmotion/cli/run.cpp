#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/processes/join.hpp"
#include "flashmotion/report/report.hpp"
#include "flashmotion/train/runner.hpp"

#include <ATen/Parallel.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

namespace flashmotion::cli {
namespace run_detail {

// Whether damaged states are skipped, by the value of --resume.
bool skips_damaged(const std::string& choice) {
  if (choice == "newest" || choice == "previous") return choice == "previous";
  throw InputError(fmt::format("--resume is given alone or as --resume=previous, not as --resume={}", choice));
}

void report(const Results& results, const RunOptions& run, const Logger& log) {
  if (run.stages_only) return;
  for (const Verdict& v : results.verdicts) {
    log.info("{}: '{}' {} than '{}' in {}", v.verdict, v.variant, v.relation, v.than, v.metric);
  }
  log.info("report: {}", (std::filesystem::path(run.out) / "report.html").string());
}

std::chrono::milliseconds seconds_of(const char* name, std::chrono::milliseconds otherwise) {
  const auto text = process_environment()(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, problem] = std::from_chars(text->data(), end, value);
  if (problem != std::errc() || rest != end || value < 1 || value > 86400)
    throw InputError(fmt::format("{} is '{}'; it is a number of seconds, 1 to 86400", name, *text));
  return std::chrono::seconds(value);
}

// One of the processes that were started together. Only the first one speaks, but for errors.
int run_together(const Launch& launch, LoadedRecipe& loaded, RunOptions run, const Context& context) {
  JoinOptions how;
  how.join = seconds_of("FLASHMOTION_JOIN_SECONDS", how.join);
  how.silence = seconds_of("FLASHMOTION_SILENCE_SECONDS", how.silence);
  StopFlag stop;
  const std::unique_ptr<Processes> processes = join(launch, context.stop, stop, how);
  run.processes = processes.get();
  const Logger log = processes->first() ? context.log : Logger(LogLevel::error);
  if (!processes->first()) run.progress.quiet = true;
  log.info("{} processes, started by {}", launch.size, launch.by);
  try {
    const Results results = run_recipe(loaded.recipe, loaded.catalog, loaded.host, run, stop, log);
    processes->leave();
    if (processes->first()) report(results, run, log);
    return 0;
  } catch (const Interrupted&) {
    processes->leave();
    throw;
  } catch (const InputError& problem) {
    processes->fail(problem.what(), true);
    throw;
  } catch (const std::exception& problem) {
    processes->fail(problem.what(), false);
    throw;
  }
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
  const std::optional<Launch> launch = launch_of(process_environment());
  if (launch) return run_detail::run_together(*launch, loaded, run, context);
  run_detail::report(run_recipe(loaded.recipe, loaded.catalog, loaded.host, run, context.stop, context.log), run,
                     context.log);
  return 0;
}

}  // namespace flashmotion::cli
