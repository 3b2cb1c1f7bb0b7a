#include "flashmotion/cli/model_options.hpp"

#include "flashmotion/cli/arithmetic.hpp"
#include "flashmotion/cli/byte_size.hpp"
#include "flashmotion/cli/trajectory.hpp"
#include "flashmotion/core/device.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace flashmotion::cli {
namespace model_options_detail {

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
  set_threads(parsed);
  arithmetic.device = open_device(parsed["device"].as<std::string>());
  if (!arithmetic.device.is_cpu()) use_attention(kernel);
  return arithmetic;
}

}  // namespace model_options_detail

std::string text_of(const cxxopts::ParseResult& parsed, const char* name) {
  return parsed.count(name) > 0 ? parsed[name].as<std::string>() : std::string();
}

void make_folder(const std::filesystem::path& out) {
  std::error_code code;
  std::filesystem::create_directories(out, code);
  if (code)
    throw InputError(
        fmt::format("the folder '{}' cannot be made: {}; choose another with --out", out.string(), code.message()));
}

void add_model_options(cxxopts::Options& options) {
  using Text = std::string;
  options.add_options()("model", "folder of the checkpoint, in any layout of docs/checkpoints.md",
                        cxxopts::value<Text>())(
      "transformer", "another file or folder for the transformer, such as a few-step checkpoint",
      cxxopts::value<Text>())("weights", "which of several sets of weights in that file", cxxopts::value<Text>())(
      "adapter", "weights that a stage left: runs/NAME/stages/STAGE/final.adapter.safetensors", cxxopts::value<Text>())(
      "negative", "text that guidance leads away from; default: Wan's own", cxxopts::value<Text>())(
      "size", "WIDTHxHEIGHT of the clip", cxxopts::value<Text>())(
      "frames", "of the clip, 1 + 4k", cxxopts::value<std::int64_t>())("fps", "frames a second of the file",
                                                                       cxxopts::value<double>())(
      "sampler", "unipc, dpmpp, euler, few_step or a plugin's; default: unipc, or few_step for a few-step checkpoint",
      cxxopts::value<Text>())("steps", "network passes; default: the model's, 4 with few_step",
                              cxxopts::value<std::int64_t>())("shift", "of the noise levels", cxxopts::value<double>())(
      "set", "another key of the sampler, --set timesteps=\"bfloat16\"; may be given again",
      cxxopts::value<std::vector<Text>>())("cfg", "guidance, 1 for none; default: the model's, none with few_step",
                                           cxxopts::value<double>())("device", "auto, cpu, cuda or cuda:NUMBER",
                                                                     cxxopts::value<Text>()->default_value("auto"))(
      "dtype", "of weights and products: bf16 or fp32", cxxopts::value<Text>()->default_value("bf16"))(
      "vae-dtype", "of the autoencoder's; default: as --dtype", cxxopts::value<Text>())(
      "regime", "whose rounding the transformer follows with bf16: diffusers_bf16 or wan_bf16",
      cxxopts::value<Text>()->default_value("diffusers_bf16"))("attention",
                                                               "kernel on a GPU: auto, cudnn, flash, efficient, math",
                                                               cxxopts::value<Text>()->default_value("auto"))(
      "threads", "of the CPU; as many as there are cores when 0", cxxopts::value<std::int64_t>()->default_value("0"))(
      "quantise", "how the transformer's blocks are stored: plain, fp8, fp8_tensor or int8",
      cxxopts::value<Text>()->default_value("plain"))(
      "vram-budget", "memory that may be taken on the device, 8GiB: what does not fit waits on the host",
      cxxopts::value<Text>())(
      "decode-tile", "decode in tiles of N x N pixels, which takes less memory and is not exact; 0: whole frames",
      cxxopts::value<std::int64_t>()->default_value("0"));
}

void refuse_model_options(const cxxopts::ParseResult& parsed) {
  cxxopts::Options options("");
  add_model_options(options);
  for (const cxxopts::HelpOptionDetails& option : options.group_help("").options) {
    for (const std::string& name : option.l) {
      if (name == "threads" || (name == "device" && parsed.count("run") > 0)) continue;
      if (parsed.count(name) > 0)
        throw InputError(
            fmt::format("--{} says how a checkpoint makes clips: give --model too, or leave it out", name));
    }
  }
}

void set_threads(const cxxopts::ParseResult& parsed) {
  const auto threads = parsed["threads"].as<std::int64_t>();
  if (threads < 0 || threads > 1024) throw InputError(fmt::format("--threads is {}, and goes from 0 to 1024", threads));
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

PipelineRequest model_request(const cxxopts::ParseResult& parsed) {
  using model_options_detail::value_of;
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
  request.memory.format = word_of<nn::WeightFormat>(parsed["quantise"].as<std::string>(), "format of weights");
  if (const std::string budget = text_of(parsed, "vram-budget"); !budget.empty())
    request.memory.budget = byte_size(budget, "--vram-budget");
  request.decode_tile = parsed["decode-tile"].as<std::int64_t>();
  request.arithmetic = model_options_detail::arithmetic_of(parsed);
  return request;
}

std::string out_of_memory_message(const Arithmetic& arithmetic) {
  return fmt::format(
      "the clip does not fit into the memory of {}: give --vram-budget, --decode-tile, a smaller --size or fewer "
      "--frames; --plan says what each phase takes",
      device_name(arithmetic.device));
}

}  // namespace flashmotion::cli
