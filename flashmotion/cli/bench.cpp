#include "flashmotion/base/json.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/cli/arithmetic.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/load.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/timing/measure.hpp"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

namespace flashmotion::cli {
namespace bench_words {

/// `wan2.2-ti2v-5b` and `wan2.1-t2v-1.3b` are `wan22_ti2v_5b` and `wan21_t2v_1_3b`, as they are written elsewhere.
wan::Preset model(std::string name) {
  if (name.starts_with("wan2.")) name.erase(4, 1);
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), '.', '_');
  if (name != "toy") return wan::preset(name);
  wan::Preset toy = wan::preset("wan22_ti2v_5b");
  toy.name = "toy";
  toy.dit.width = 192;
  toy.dit.heads = 6;
  toy.dit.blocks = 6;
  toy.dit.ffn_width = 768;
  toy.dit.text_width = 64;
  return toy;
}

std::array<std::int64_t, 2> size_of(const std::string& text) {
  std::array<std::int64_t, 2> sides{};
  const char* place = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < 2; ++i) {
    if (i == 1 && (place == end || *place++ != 'x')) break;
    const auto [after, problem] = std::from_chars(place, end, sides[i]);
    if (problem != std::errc() || sides[i] <= 0) break;
    place = after;
    if (i == 1 && place == end) return sides;
  }
  throw InputError(fmt::format("'{}' is no size; give rows and columns as 704x1280", text));
}

std::int64_t at_least(const cxxopts::ParseResult& parsed, const char* option, std::int64_t least) {
  const auto value = parsed[option].as<std::int64_t>();
  if (value < least) throw InputError(fmt::format("--{} is {}, and at least {} is needed", option, value, least));
  return value;
}

struct Asked {
  std::string name;
  timing::WorkloadOptions work;
  AttentionKernel attention = AttentionKernel::automatic;
  std::int64_t runs = 5;
};

cxxopts::Options describe() {
  cxxopts::Options options("flashmotion bench", fmt::format("Times a part of the work on one clip, with random weights "
                                                            "of the real shapes.\nParts: {}.",
                                                            fmt::join(timing::workloads(), ", ")));
  options.custom_help("PART [OPTIONS]").positional_help("");
  options.add_options()("part", "what is timed", cxxopts::value<std::string>())(
      "preset", "model: wan2.2-ti2v-5b, wan2.1-t2v-1.3b, .., or toy",
      cxxopts::value<std::string>()->default_value("wan2.2-ti2v-5b"))(
      "layers", "transformer blocks, to fit a small machine; all when 0",
      cxxopts::value<std::int64_t>()->default_value("0"))("size", "rows and columns of the video",
                                                          cxxopts::value<std::string>()->default_value("704x1280"))(
      "frames", "frames of the video, 1 + 4 k", cxxopts::value<std::int64_t>()->default_value("121"))(
      "steps", "denoising steps of 'generate'", cxxopts::value<std::int64_t>()->default_value("4"))(
      "adapter", "adapter of 'forward', 'generate' and 'train': controlnet, injection, lora_control or your own",
      cxxopts::value<std::string>()->default_value(""))("device", "auto, cpu, cuda or cuda:NUMBER",
                                                        cxxopts::value<std::string>()->default_value("auto"))(
      "dtype", "of weights and products: bf16 or fp32", cxxopts::value<std::string>()->default_value("bf16"))(
      "regime", "whose rounding the transformer follows: diffusers_bf16 or wan_bf16; fp32 with --dtype fp32",
      cxxopts::value<std::string>()->default_value(""))(
      "attention", fmt::format("kernel on a GPU: {}", fmt::join(enum_words<AttentionKernel>(), ", ")),
      cxxopts::value<std::string>()->default_value("auto"))("threads", "of the CPU; as many as there are cores when 0",
                                                            cxxopts::value<std::int64_t>()->default_value("0"))(
      "quantise", "how the transformer's blocks are stored: plain, fp8, fp8_tensor or int8",
      cxxopts::value<std::string>()->default_value("plain"))(
      "resident", "blocks of the transformer that stay on the device; the others come to it when they are run",
      cxxopts::value<std::int64_t>())("random-weights", "as they always are here; there for scripts that say so")(
      "decode-tile", "pixels of the side of the tiles of 'decode'; 0: whole frames",
      cxxopts::value<std::int64_t>()->default_value("0"))("runs", "that are timed; the median counts",
                                                          cxxopts::value<std::int64_t>()->default_value("5"))(
      "seed", "of weights and inputs", cxxopts::value<std::uint64_t>()->default_value("0"))("json", "for machines");
  add_plugin_options(options);
  options.parse_positional("part");
  return options;
}

Asked read(const cxxopts::ParseResult& parsed) {
  Asked asked;
  if (parsed.count("part") == 0)
    throw InputError(fmt::format("say what is to be timed: {}", fmt::join(timing::workloads(), ", ")));
  asked.name = parsed["part"].as<std::string>();
  asked.work.model = model(parsed["preset"].as<std::string>());
  if (const std::int64_t layers = at_least(parsed, "layers", 0); layers > 0) asked.work.model.dit.blocks = layers;
  asked.work.size = size_of(parsed["size"].as<std::string>());
  asked.work.frames = at_least(parsed, "frames", 1);
  asked.work.steps = at_least(parsed, "steps", 1);
  asked.work.adapter = parsed["adapter"].as<std::string>();
  asked.work.dtype = dtype_of(parsed["dtype"].as<std::string>());
  if (asked.work.dtype == at::kBFloat16) asked.work.model.dit.regime = Regime::diffusers_bf16;
  if (const auto regime = parsed["regime"].as<std::string>(); !regime.empty())
    asked.work.model.dit.regime = word_of<Regime>(regime, "regime");
  asked.work.format = word_of<nn::WeightFormat>(parsed["quantise"].as<std::string>(), "format of weights");
  if (parsed.count("resident") > 0) asked.work.resident = at_least(parsed, "resident", 0);
  asked.work.decode_tile = at_least(parsed, "decode-tile", 0);
  asked.work.seed = parsed["seed"].as<std::uint64_t>();
  asked.attention = word_of<AttentionKernel>(parsed["attention"].as<std::string>(), "attention kernel");
  asked.runs = at_least(parsed, "runs", 1);
  if (const std::int64_t threads = at_least(parsed, "threads", 0); threads > 0)
    at::set_num_threads(static_cast<int>(threads));
  asked.work.device = open_device(parsed["device"].as<std::string>());
  return asked;
}

std::string shape_text(const timing::WorkloadOptions& work) {
  const auto latent = work.latent();
  const auto [pt, ph, pw] = work.model.dit.patch;
  return fmt::format("{}, {} blocks, {}x{}, {} frames, {} tokens", work.model.name, work.model.dit.blocks, work.size[0],
                     work.size[1], work.frames, latent[2] / pt * (latent[3] / ph) * (latent[4] / pw));
}

void print(const Asked& asked, const timing::Workload& work, const timing::Measurement& found, double peak) {
  const double median = found.median();
  const auto [least, most] = std::minmax_element(found.seconds.begin(), found.seconds.end());
  const double rate = static_cast<double>(found.flops) / median;
  fmt::print("{}: {}\n", asked.name, shape_text(asked.work));
  fmt::print("  device      {}, {}, attention {}{}\n", device_name(asked.work.device),
             asked.work.dtype == at::kFloat ? "fp32" : "bf16",
             asked.work.device.is_cpu() ? "of the CPU" : to_string(asked.attention),
             asked.work.adapter.empty() ? std::string() : ", adapter " + asked.work.adapter);
  for (const auto& [name, count] : work.parameters()) fmt::print("  parameters  {}: {}\n", name, count);
  fmt::print("  time        {:.4g} s, median of {} ({:.4g} to {:.4g})\n", median, found.seconds.size(), *least, *most);
  if (!asked.work.device.is_cpu())
    fmt::print("    {:<9} {:.4g} s until the device had been given all of it\n", "enqueue", found.enqueue);
  for (const auto& [name, seconds] : found.parts) fmt::print("    {:<9} {:.4g} s\n", name, seconds);
  fmt::print("  memory      {:.2f} GB at most{}\n", static_cast<double>(found.peak_memory) / 1e9,
             asked.work.device.is_cpu() ? ", all of the process" : "");
  for (const auto& [name, number] : work.figures()) fmt::print("  {:<11} {:.4g}\n", name, number);
  if (found.flops == 0) return;
  fmt::print("  arithmetic  {:.4g} TFLOP, {:.4g} TFLOP/s, {:.0f} % of the {:.4g} of a large matrix product here\n",
             static_cast<double>(found.flops) / 1e12, rate / 1e12, 100.0 * rate / peak, peak / 1e12);
}

std::string json_text(const Asked& asked, const timing::Workload& work, const timing::Measurement& found, double peak) {
  const timing::WorkloadOptions& o = asked.work;
  JsonWriter json(2);
  json.begin_object().field("part", asked.name).field("preset", o.model.name).field("layers", o.model.dit.blocks);
  json.field("size", std::vector<std::int64_t>{o.size[0], o.size[1]}).field("frames", o.frames);
  json.field("steps", o.steps).field("adapter", o.adapter).field("device", device_name(o.device));
  json.field("dtype", o.dtype == at::kFloat ? "fp32" : "bf16").field("regime", to_string(o.model.dit.regime));
  json.field("attention", to_string(asked.attention)).field("threads", at::get_num_threads());
  json.key("parameters").begin_object();
  for (const auto& [name, count] : work.parameters()) json.field(name, count);
  json.end_object().field("seconds", found.median()).field("runs", found.seconds);
  json.field("enqueue", found.enqueue).key("parts").begin_object();
  for (const auto& [name, seconds] : found.parts) json.field(name, seconds);
  json.end_object().key("figures").begin_object();
  for (const auto& [name, number] : work.figures()) json.field(name, number);
  json.end_object().field("quantise", to_string(o.format));
  json.field("resident", std::min(o.resident.value_or(o.model.dit.blocks), o.model.dit.blocks));
  json.field("peak_memory", found.peak_memory).field("flops", found.flops);
  return json.field("matrix_peak", peak).end_object().text();
}

}  // namespace bench_words

int bench_command(std::span<char* const> arguments, const Context& context) {
  using namespace bench_words;
  cxxopts::Options options = describe();
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  const Asked asked = read(*parsed);
  if (!asked.work.device.is_cpu()) use_attention(asked.attention);
  Catalog catalog = builtin_catalog();
  PluginHost host(plugin_search(*parsed));
  host.load_files(catalog);
  if (!asked.work.adapter.empty()) host.provide(ComponentKind::adapter, asked.work.adapter, catalog);
  const double peak = timing::matrix_peak(asked.work.device, asked.work.dtype);
  std::unique_ptr<timing::Workload> work;
  timing::Measurement found;
  try {
    work = timing::make_workload(asked.name, asked.work, catalog);
    ProgressBar bar(asked.name, asked.runs);
    found = timing::measure(*work, asked.work.device, asked.runs, context.stop, [&] { bar.advance(); });
  } catch (const c10::OutOfMemoryError&) {
    throw Error(
        fmt::format("{} does not fit into the memory of {}: give fewer --layers, a smaller --size or fewer "
                    "--frames, or --dtype bf16",
                    asked.name, device_name(asked.work.device)));
  }
  if (parsed->count("json") > 0)
    fmt::print("{}\n", json_text(asked, *work, found, peak));
  else
    print(asked, *work, found, peak);
  return 0;
}

}  // namespace flashmotion::cli
