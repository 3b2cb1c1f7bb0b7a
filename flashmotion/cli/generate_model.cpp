#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/model_options.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/pipeline/case_list.hpp"
#include "flashmotion/pipeline/clip_maker.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

namespace flashmotion::cli {
namespace generate_model_words {

namespace fs = std::filesystem;

cxxopts::Options describe() {
  using Text = std::string;
  cxxopts::Options options(
      "flashmotion generate",
      "Makes a clip with a Wan checkpoint as it is downloaded, from words, a first frame, or both, and with an "
      "adapter\n"
      "along the boxes of a trajectory. What is not given is the model's own (TI2V-5B: 1280x704, 121 frames, 24 a\n"
      "second, 50 steps of UniPC, shift 5, guidance 5). Several clips come from --cases, into the folder --out.");
  options.custom_help("--model DIR --prompt TEXT [OPTIONS]").positional_help("");
  add_model_options(options);
  options.add_options()("trajectory", "boxes for the adapter (*.traj.json)", cxxopts::value<Text>())(
      "image", "first frame (PNG, JPEG, …); it also sets the size when --size is not given", cxxopts::value<Text>())(
      "prompt", "text; default: that of the trajectory", cxxopts::value<Text>())(
      "cases", "CSV file with the columns id,image,prompt,trajectory[,seed]: a clip each", cxxopts::value<Text>())(
      "seed", "of the noise", cxxopts::value<std::uint64_t>()->default_value("0"))(
      "out", "clip to write: *.mp4, or a name without ending for a folder of PNG files; with --cases a folder",
      cxxopts::value<Text>()->default_value("clip.mp4"))(
      "keep-latents", "keep the denoised clip, *.latents.safetensors, beside the output")(
      "plan", "print the memory of each phase and do nothing")("json", "with --plan: for machines")("quiet",
                                                                                                    "no progress");
  add_plugin_options(options);
  return options;
}

void add_cases(const cxxopts::ParseResult& parsed, PipelineRequest& request) {
  const auto seed = parsed["seed"].as<std::uint64_t>();
  const std::string cases = text_of(parsed, "cases");
  if (cases.empty()) {
    request.cases.push_back({text_of(parsed, "image"), text_of(parsed, "prompt"), text_of(parsed, "trajectory"), seed,
                             parsed["out"].as<std::string>()});
    return;
  }
  for (const char* other : {"image", "prompt", "trajectory"}) {
    if (parsed.count(other) > 0)
      throw InputError(fmt::format("--{} is of one clip, and --cases has its own in the column '{}'", other, other));
  }
  const fs::path out = required(parsed, "out", "the folder for the clips");
  request.cases = read_cases(cases, out, seed);
  request.skip_finished = true;
}

PipelineRequest read(const cxxopts::ParseResult& parsed) {
  PipelineRequest request = model_request(parsed);
  request.keep_latents = parsed.count("keep-latents") > 0;
  request.progress.quiet = parsed.count("quiet") > 0;
  add_cases(parsed, request);
  return request;
}

void print_plan(const ClipMaker& maker, const Arithmetic& arithmetic, bool json) {
  const std::vector<PlannedPhase> phases = maker.plan();
  const auto largest = std::max_element(phases.begin(), phases.end(),
                                        [](const auto& a, const auto& b) { return a.total() < b.total(); });
  if (json) {
    JsonWriter text(2);
    text.begin_object().field("model", maker.folder().preset.name).field("device", device_name(arithmetic.device));
    text.key("phases").begin_array();
    for (const PlannedPhase& phase : phases) {
      text.begin_object().field("name", phase.name).field("weights", phase.weights);
      text.field("activations", phase.activations).field("mapped", phase.mapped);
      text.field("blocks", phase.blocks).field("resident", phase.resident).end_object();
    }
    text.end_array().field("peak", largest->total()).end_object();
    fmt::print("{}\n", text.text());
    return;
  }
  const auto gib = [](std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 30); };
  fmt::print("{} on {}, GiB; activations are estimates\n", maker.folder().preset.name, device_name(arithmetic.device));
  fmt::print("  {:<8} {:>8} {:>12} {:>8}\n", "phase", "weights", "activations", "total");
  for (const PlannedPhase& phase : phases) {
    fmt::print("  {:<8} {:>8.2f} {:>12.2f} {:>8.2f}{}{}\n", phase.name, gib(phase.weights), gib(phase.activations),
               gib(phase.total()), phase.mapped ? "  weights stay in their file" : "",
               phase.resident < phase.blocks ? fmt::format("  {} of {} blocks come when they are run",
                                                           phase.blocks - phase.resident, phase.blocks)
                                             : std::string());
  }
  fmt::print("at most {:.2f} GiB at a time\n", gib(largest->total()));
}

}  // namespace generate_model_words

int generate_model_command(std::span<char* const> arguments, const Context& context) {
  using namespace generate_model_words;
  cxxopts::Options options = describe();
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  PipelineRequest request = read(*parsed);
  const Arithmetic arithmetic = request.arithmetic;
  const bool plan = request.plan_only = parsed->count("plan") > 0;
  if (parsed->count("cases") > 0 && !plan) make_folder((*parsed)["out"].as<std::string>());
  Catalog catalog = builtin_catalog();
  PluginHost host(plugin_search(*parsed));
  try {
    ClipMaker maker(std::move(request), catalog, host, context.log);
    if (plan)
      print_plan(maker, arithmetic, parsed->count("json") > 0);
    else
      maker.run(context.stop);
  } catch (const Interrupted& problem) {
    fmt::print(stderr, "stopped\n");
    return 128 + problem.signal();
  } catch (const c10::OutOfMemoryError&) {
    throw Error(out_of_memory_message(arithmetic));
  }
  return 0;
}

}  // namespace flashmotion::cli
