#include "flashmotion/base/json.hpp"
#include "flashmotion/cli/arithmetic.hpp"
#include "flashmotion/cli/byte_size.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/cli/trajectory.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/pipeline/case_list.hpp"
#include "flashmotion/pipeline/clip_maker.hpp"

#include <ATen/Parallel.h>
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
  options.add_options()("model", "folder of the checkpoint, in any layout of docs/checkpoints.md",
                        cxxopts::value<Text>())(
      "transformer", "another file or folder for the transformer, such as a few-step checkpoint",
      cxxopts::value<Text>())("weights", "which of several sets of weights in that file", cxxopts::value<Text>())(
      "adapter", "weights that a stage left: runs/NAME/stages/STAGE/final.adapter.safetensors", cxxopts::value<Text>())(
      "trajectory", "boxes for the adapter (*.traj.json)", cxxopts::value<Text>())(
      "image", "first frame (PNG, JPEG, …); it also sets the size when --size is not given", cxxopts::value<Text>())(
      "prompt", "text; default: that of the trajectory", cxxopts::value<Text>())(
      "negative", "text that guidance leads away from; default: Wan's own", cxxopts::value<Text>())(
      "cases", "CSV file with the columns id,image,prompt,trajectory[,seed]: a clip each", cxxopts::value<Text>())(
      "size", "WIDTHxHEIGHT of the clip", cxxopts::value<Text>())(
      "frames", "of the clip, 1 + 4k", cxxopts::value<std::int64_t>())("fps", "frames a second of the file",
                                                                       cxxopts::value<double>())(
      "sampler", "unipc, dpmpp, euler, few_step or a plugin's; default: unipc, or few_step for a few-step checkpoint",
      cxxopts::value<Text>())("steps", "network passes; default: the model's, 4 with few_step",
                              cxxopts::value<std::int64_t>())("shift", "of the noise levels", cxxopts::value<double>())(
      "set", "another key of the sampler, --set timesteps=\"bfloat16\"; may be given again",
      cxxopts::value<std::vector<Text>>())("cfg", "guidance, 1 for none; default: the model's, none with few_step",
                                           cxxopts::value<double>())(
      "seed", "of the noise", cxxopts::value<std::uint64_t>()->default_value("0"))(
      "device", "auto, cpu, cuda or cuda:NUMBER", cxxopts::value<Text>()->default_value("auto"))(
      "dtype", "of weights and products: bf16 or fp32", cxxopts::value<Text>()->default_value("bf16"))(
      "vae-dtype", "of the autoencoder's; default: as --dtype", cxxopts::value<Text>())(
      "regime", "whose rounding the transformer follows with bf16: diffusers_bf16 or wan_bf16",
      cxxopts::value<Text>()->default_value("diffusers_bf16"))("attention",
                                                               "kernel on a GPU: auto, cudnn, flash, efficient, math",
                                                               cxxopts::value<Text>()->default_value("auto"))(
      "threads", "of the CPU; as many as there are cores when 0", cxxopts::value<std::int64_t>()->default_value("0"))(
      "out", "clip to write: *.mp4, or a name without ending for a folder of PNG files; with --cases a folder",
      cxxopts::value<Text>()->default_value("clip.mp4"))(
      "keep-latents", "keep the denoised clip, *.latents.safetensors, beside the output")(
      "quantise", "how the transformer's blocks are stored: plain, fp8, fp8_tensor or int8",
      cxxopts::value<Text>()->default_value("plain"))(
      "vram-budget", "memory that may be taken on the device, 8GiB: what does not fit waits on the host",
      cxxopts::value<Text>())("plan", "print the memory of each phase and do nothing")(
      "json", "with --plan: for machines")("quiet", "no progress");
  add_plugin_options(options);
  return options;
}

std::string text_of(const cxxopts::ParseResult& parsed, const char* name) {
  return parsed.count(name) > 0 ? parsed[name].as<std::string>() : std::string();
}

template <class T>
std::optional<T> value_of(const cxxopts::ParseResult& parsed, const char* name) {
  if (parsed.count(name) == 0) return std::nullopt;
  return parsed[name].as<T>();
}

Arithmetic arithmetic_of(const cxxopts::ParseResult& parsed) {
  Arithmetic arithmetic;
  arithmetic.dtype = dtype_of(parsed["dtype"].as<std::string>());
  const std::string vae = text_of(parsed, "vae-dtype");
  arithmetic.vae_dtype = vae.empty() ? arithmetic.dtype : dtype_of(vae);
  arithmetic.regime = word_of<Regime>(parsed["regime"].as<std::string>(), "regime");
  if (arithmetic.regime == Regime::fp32 && arithmetic.dtype != at::kFloat)
    throw InputError("the regime 'fp32' takes --dtype fp32");
  const auto kernel = word_of<AttentionKernel>(parsed["attention"].as<std::string>(), "attention kernel");
  const auto threads = parsed["threads"].as<std::int64_t>();
  if (threads < 0 || threads > 1024) throw InputError(fmt::format("--threads is {}, and goes from 0 to 1024", threads));
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  arithmetic.device = open_device(parsed["device"].as<std::string>());
  if (!arithmetic.device.is_cpu()) use_attention(kernel);
  return arithmetic;
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
  PipelineRequest request;
  request.model = {required(parsed, "model", "the model"), text_of(parsed, "transformer"), text_of(parsed, "weights")};
  request.adapter = text_of(parsed, "adapter");
  if (const auto [width, height] = size_option(parsed); width > 0) request.size = PixelSize{width, height};
  request.frames = value_of<std::int64_t>(parsed, "frames");
  request.fps = value_of<double>(parsed, "fps");
  request.sampler = text_of(parsed, "sampler");
  request.sampler_keys = list_of(parsed, "set");
  request.steps = value_of<std::int64_t>(parsed, "steps");
  request.shift = value_of<double>(parsed, "shift");
  request.guidance = value_of<double>(parsed, "cfg");
  request.negative = value_of<std::string>(parsed, "negative");
  request.keep_latents = parsed.count("keep-latents") > 0;
  request.progress.quiet = parsed.count("quiet") > 0;
  request.memory.format = word_of<nn::WeightFormat>(parsed["quantise"].as<std::string>(), "format of weights");
  if (const std::string budget = text_of(parsed, "vram-budget"); !budget.empty())
    request.memory.budget = byte_size(budget, "--vram-budget");
  add_cases(parsed, request);
  request.arithmetic = arithmetic_of(parsed);
  return request;
}

void make_folder(const fs::path& out) {
  std::error_code code;
  fs::create_directories(out, code);
  if (code) throw InputError(fmt::format("'{}' could not be made: {}", out.string(), code.message()));
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
    throw Error(
        fmt::format("the clip does not fit into the memory of {}: give --vram-budget, a smaller --size or fewer "
                    "--frames; --plan says what each phase takes",
                    device_name(arithmetic.device)));
  }
  return 0;
}

}  // namespace flashmotion::cli
