#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/train/make_latents.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <string>

namespace flashmotion::cli {

int cache_command(std::span<char* const> arguments, const Context& context) {
  cxxopts::Options options(
      "flashmotion cache",
      "Encodes a recipe's clip folder ahead of time: latents, texts and control maps of every window that its\n"
      "training can draw, into the folder --out. A run then has [data] use = \"latents\" and folder = DIR, needs\n"
      "neither autoencoder nor text encoder, and computes the same numbers. Started again, it goes on where it\n"
      "was stopped. data.windows bounds the windows of a clip, data.flip = false leaves mirrored ones out.");
  options.custom_help("RECIPE --out DIR [OPTIONS]").positional_help("");
  options.add_options()("recipe", "recipe file", cxxopts::value<std::string>())("out", "folder for the latents",
                                                                                cxxopts::value<std::string>())(
      "threads", "of the CPU; as the recipe has it when 0", cxxopts::value<std::int64_t>()->default_value("0"))(
      "json", "what was made, for machines")("quiet", "no progress");
  add_change_options(options);
  add_plugin_options(options);
  options.parse_positional("recipe");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  if (parsed->count("recipe") == 0) throw InputError("no recipe was given; see 'flashmotion cache --help'");
  const std::string out = required(*parsed, "out", "the folder for the latents");
  const LoadedRecipe loaded((*parsed)["recipe"].as<std::string>(), changes_of(*parsed), plugin_search(*parsed));
  const auto threads = (*parsed)["threads"].as<std::int64_t>();
  if (threads < 0 || threads > 1024) throw InputError(fmt::format("--threads is {}, and goes from 0 to 1024", threads));
  at::set_num_threads(static_cast<int>(threads > 0 ? threads : loaded.recipe.config.run.threads));
  ProgressOptions progress;
  progress.quiet = parsed->count("quiet") > 0;
  const MadeLatents made = make_latents(loaded.recipe, loaded.catalog, out, context.stop, progress, context.log);
  if (parsed->count("json") > 0) {
    JsonWriter json(2);
    json.begin_object().field("clips", made.clips).field("windows", made.windows).field("skipped", made.skipped);
    json.field("found_ready", made.found_ready).field("bytes", made.bytes).end_object();
    fmt::print("{}\n", json.text());
    return 0;
  }
  fmt::print("{}: {} clips, {} windows, {:.1f} MiB{}{}\n", out, made.clips, made.windows,
             static_cast<double>(made.bytes) / (1 << 20),
             made.skipped > 0 ? fmt::format("; {} clips were skipped", made.skipped) : std::string(),
             made.found_ready > 0 ? fmt::format("; {} clips were there", made.found_ready) : std::string());
  return 0;
}

}  // namespace flashmotion::cli
