#include "flashmotion/train/generate.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace flashmotion::cli {

int generate_command(std::span<char* const> arguments, const Context& context) {
  const auto names_model = [](std::string_view word) { return word == "--model" || word.starts_with("--model="); };
  if (std::any_of(arguments.begin(), arguments.end(), names_model)) return generate_model_command(arguments, context);
  cxxopts::Options options("flashmotion generate",
                           "Makes a clip whose objects follow given boxes, from a first frame, with the networks of a "
                           "finished run. With a Wan checkpoint: see 'flashmotion generate --model DIR --help'.");
  options.add_options()("run", "folder of the run", cxxopts::value<std::string>())(
      "model", "folder of a Wan checkpoint, in place of a run; then other options hold", cxxopts::value<std::string>())(
      "image", "first frame (PNG, JPEG, …)", cxxopts::value<std::string>())("trajectory", "boxes (*.traj.json)",
                                                                            cxxopts::value<std::string>())(
      "out", "clip to write (*.mp4)", cxxopts::value<std::string>()->default_value("clip.mp4"))(
      "overlay", "also write the clip with boxes and paths drawn in (*.mp4)", cxxopts::value<std::string>())(
      "variant", "variant of the recipe whose networks and sampler are used; default: the last",
      cxxopts::value<std::string>())("prompt", "text; default: the objects' own", cxxopts::value<std::string>())(
      "seed", "seed of the noise", cxxopts::value<std::uint64_t>()->default_value("0"))(
      "device", "auto, cpu, cuda or cuda:NUMBER; default: the recipe's", cxxopts::value<std::string>())("quiet",
                                                                                                        "no progress");
  add_plugin_options(options);
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const auto text = [&](const char* name) {
    return parsed->count(name) > 0 ? (*parsed)[name].as<std::string>() : std::string();
  };
  GenerateRequest request;
  request.run = required(*parsed, "run", "the run folder");
  request.image = required(*parsed, "image", "the first frame");
  request.trajectory = required(*parsed, "trajectory", "the trajectory");
  request.out = text("out");
  request.overlay = text("overlay");
  request.variant = text("variant");
  if (parsed->count("prompt") > 0) request.prompt = text("prompt");
  request.seed = (*parsed)["seed"].as<std::uint64_t>();
  request.device = text("device");
  request.progress.quiet = parsed->count("quiet") > 0;

  const std::string recipe = (std::filesystem::path(request.run) / "recipe.resolved.toml").string();
  if (!std::filesystem::exists(recipe)) {
    throw InputError(fmt::format("'{}' is no run folder: it has no recipe.resolved.toml", request.run));
  }
  LoadedRecipe loaded(recipe, {}, plugin_search(*parsed));
  loaded.warn_of_changes(context.log);
  at::set_num_threads(static_cast<int>(loaded.recipe.config.run.threads));
  generate_clip(request, loaded.recipe, loaded.catalog, context.stop, context.log);
  context.log.info("clip: {}", request.out);
  return 0;
}

}  // namespace flashmotion::cli
