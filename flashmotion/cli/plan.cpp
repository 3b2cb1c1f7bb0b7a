#include "flashmotion/train/plan.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/io/json_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>

namespace flashmotion::cli {
namespace plan_words {

std::string bytes_text(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  return bytes < (std::int64_t{1} << 30) ? fmt::format("{:.1f} MiB", value / (1 << 20))
                                         : fmt::format("{:.1f} GiB", value / (1 << 30));
}

/// Memory of the device that the plan is for; none when it is a GPU and none is here.
std::optional<std::int64_t> room_of(const Plan& plan, const Recipe& recipe) {
  if (!plan.on_gpu) return device_memory(c10::kCPU);
  if (gpu_count() == 0) return std::nullopt;
  return device_memory(open_device(recipe.config.run.device));
}

std::string fit_text(const PlannedMemory& memory, const Plan& plan, const std::optional<std::int64_t>& room) {
  if (!room) return "not known: no GPU is here";
  const char* const whose = plan.on_gpu ? "the GPU" : "this machine";
  const std::int64_t largest = memory.largest_batch(*room);
  if (largest > 0) return fmt::format("up to {} clips a step in the {} of {}", largest, bytes_text(*room), whose);
  return fmt::format("not into the {} of {}, with one clip a step", bytes_text(*room), whose);
}

/// Seconds of a stage by the time that its steps took in an earlier run; none when they are not known.
std::optional<double> seconds(const PlannedStage& stage, const std::string& run) {
  const std::filesystem::path file = std::filesystem::path(run) / "stages" / stage.name / "done.json";
  if (run.empty() || stage.loaded || !std::filesystem::exists(file)) return std::nullopt;
  const JsonValue done = read_json(file);
  const double steps = done.at("steps").number();
  if (steps <= 0.0) return std::nullopt;
  return done.at("seconds").number() / steps * static_cast<double>(stage.steps);
}

std::string json_text(const Plan& plan, const Recipe& recipe, const std::string& run) {
  JsonWriter json(2);
  json.begin_object().field("tokens_per_clip", plan.tokens_per_clip).field("machine_memory", device_memory(c10::kCPU));
  const std::optional<std::int64_t> room = room_of(plan, recipe);
  json.field("device", plan.on_gpu ? "gpu" : "cpu").field("checkpointing", plan.checkpointing);
  json.field("counts_are_estimates", plan.counts_are_estimates).key("stages").begin_array();
  for (const PlannedStage& stage : plan.stages) {
    json.begin_object().field("name", stage.name).field("use", to_string(stage.kind)).field("loaded", stage.loaded);
    json.field("takes", stage.takes).field("leaves", stage.leaves).field("steps", stage.steps);
    json.field("batch", stage.batch).key("roles").begin_array();
    for (const PlannedRole& role : stage.roles) {
      json.begin_object().field("name", role.name).field("parameters", role.parameters);
      json.field("trained", role.trained).end_object();
    }
    const PlannedMemory& memory = stage.memory;
    json.end_array().key("memory").begin_object().field("weights", memory.weights).field("mapped", memory.mapped);
    json.field("gradients", memory.gradients).field("optimiser", memory.optimiser).field("average", memory.average);
    json.field("activations_per_clip", memory.activations_per_clip);
    json.field("activations_per_clip_without_checkpointing", memory.kept_per_clip);
    json.field("activations_per_clip_with_checkpointing", memory.checkpointed_per_clip)
        .field("total", memory.total(stage.batch));
    if (memory.host > 0) json.field("host", memory.host);
    if (room) json.field("largest_batch", memory.largest_batch(*room));
    json.end_object();
    if (const auto time = seconds(stage, run)) json.field("seconds", *time);
    json.end_object();
  }
  json.end_array().key("files").begin_array();
  for (const PlannedFile& file : plan.files)
    json.begin_object().field("key", file.key).field("file", file.file).field("exists", file.exists).end_object();
  json.end_array().key("plugins").begin_array();
  for (const PluginInfo& plugin : recipe.plugins)
    json.begin_object().field("name", plugin.name).field("version", plugin.version).end_object();
  return json.end_array().end_object().text();
}

void print_stage(const PlannedStage& stage, const Plan& plan, const std::optional<std::int64_t>& room,
                 const std::string& run) {
  fmt::print("\n{} ({}{})\n", stage.name, to_string(stage.kind), stage.loaded ? ", loaded, not trained" : "");
  if (!stage.takes.empty()) fmt::print("  takes    {}\n", fmt::join(stage.takes, ", "));
  fmt::print("  leaves   {}\n", fmt::join(stage.leaves, ", "));
  for (const PlannedRole& role : stage.roles)
    fmt::print("  network  {}: {} parameters, {}\n", role.name, role.parameters, role.trained ? "trained" : "frozen");
  if (stage.loaded) return;
  const PlannedMemory& m = stage.memory;
  fmt::print("  steps    {} of {} clips\n", stage.steps, stage.batch);
  fmt::print("  memory   about {}: weights {}, gradients {}, optimiser {}, average {}, activations {}\n",
             bytes_text(m.total(stage.batch)), bytes_text(m.weights), bytes_text(m.gradients), bytes_text(m.optimiser),
             bytes_text(m.average), bytes_text(stage.batch * m.activations_per_clip));
  if (m.mapped > 0) fmt::print("           and {} in files, of frozen generators\n", bytes_text(m.mapped));
  if (m.host > 0) fmt::print("           and {} on the host, of the optimiser\n", bytes_text(m.host));
  fmt::print("           activations {} generator.checkpointing: {}\n", plan.checkpointing ? "without" : "with",
             bytes_text(stage.batch * (plan.checkpointing ? m.kept_per_clip : m.checkpointed_per_clip)));
  fmt::print("  fits     {}\n", fit_text(m, plan, room));
  if (const auto time = seconds(stage, run)) fmt::print("  time     about {:.0f} s, by {}\n", *time, run);
}

}  // namespace plan_words

int plan_command(std::span<char* const> arguments, const Context& context) {
  using namespace plan_words;
  cxxopts::Options options("flashmotion plan",
                           "Says what a recipe would take: stages, parameters, memory, files. Trains nothing.");
  options.custom_help("RECIPE [OPTIONS]").positional_help("");
  options.add_options()("recipe", "recipe file", cxxopts::value<std::string>())(
      "timings", "finished run of this machine with the same stages, for an estimate of the time",
      cxxopts::value<std::string>())("json", "for machines");
  add_change_options(options);
  add_plugin_options(options);
  options.parse_positional("recipe");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  if (parsed->count("recipe") == 0) throw InputError("no recipe was given; see 'flashmotion plan --help'");
  const LoadedRecipe loaded((*parsed)["recipe"].as<std::string>(), changes_of(*parsed), plugin_search(*parsed));
  loaded.warn_of_changes(context.log);
  const std::string run = parsed->count("timings") > 0 ? (*parsed)["timings"].as<std::string>() : std::string();
  if (!run.empty() && !std::filesystem::is_directory(std::filesystem::path(run) / "stages"))
    throw InputError(fmt::format("'{}' is no folder of a run; give --timings one", run));
  const Plan plan = plan_recipe(loaded.recipe, loaded.catalog);
  if (parsed->count("json") > 0) {
    fmt::print("{}\n", json_text(plan, loaded.recipe, run));
    return 0;
  }
  const std::optional<std::int64_t> room = room_of(plan, loaded.recipe);
  fmt::print("{} tokens a clip\n", plan.tokens_per_clip);
  if (plan.counts_are_estimates) fmt::print("the adapter is counted from a few of its blocks\n");
  for (const PlannedStage& stage : plan.stages) print_stage(stage, plan, room, run);
  if (!plan.files.empty()) fmt::print("\nfiles\n");
  for (const PlannedFile& file : plan.files)
    fmt::print("  {:<8} {} ({})\n", file.exists ? "there" : "missing", file.file, file.key);
  if (!loaded.recipe.plugins.empty()) fmt::print("\nplugins\n");
  for (const PluginInfo& plugin : loaded.recipe.plugins) fmt::print("  {} {}\n", plugin.name, plugin.version);
  return 0;
}

}  // namespace flashmotion::cli
