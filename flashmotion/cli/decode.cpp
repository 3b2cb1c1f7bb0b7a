#include "flashmotion/cli/arithmetic.hpp"
#include "flashmotion/cli/command.hpp"
#include "flashmotion/cli/options.hpp"
#include "flashmotion/core/device.hpp"
#include "flashmotion/pipeline/clip_output.hpp"
#include "flashmotion/pipeline/decode_clip.hpp"
#include "flashmotion/pipeline/networks.hpp"
#include "flashmotion/wan/model_config.hpp"
#include "flashmotion/wan/tiled_decode.hpp"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace flashmotion::cli {

int decode_command(std::span<char* const> arguments, const Context& context) {
  using Text = std::string;
  cxxopts::Options options(
      "flashmotion decode",
      "Decodes what 'flashmotion generate --model' denoised: the clip that it would have written.");
  options.custom_help("LATENTS --model DIR [OPTIONS]").positional_help("");
  options.add_options()("latents", "*.latents.safetensors", cxxopts::value<Text>())(
      "model", "folder of the checkpoint, or its autoencoder's file", cxxopts::value<Text>())(
      "out", "clip to write: *.mp4, or a name without ending for a folder of PNG files",
      cxxopts::value<Text>()->default_value("clip.mp4"))("fps", "frames a second; default: as asked for then",
                                                         cxxopts::value<double>())(
      "device", "auto, cpu, cuda or cuda:NUMBER", cxxopts::value<Text>()->default_value("auto"))(
      "vae-dtype", "numbers, bf16 or fp32; default: as asked for then", cxxopts::value<Text>())(
      "threads", "of the CPU; as many as there are cores when 0", cxxopts::value<std::int64_t>()->default_value("0"))(
      "decode-tile", "decode in tiles of N x N pixels, which takes less memory and is not exact; 0: whole frames",
      cxxopts::value<std::int64_t>()->default_value("0"))("quiet", "no progress");
  options.parse_positional("latents");
  const auto parsed = parse(options, arguments);
  if (!parsed) return 0;
  ClipLatents clip = read_latents(required(*parsed, "latents", "the file of latents"));
  const std::filesystem::path out = (*parsed)["out"].as<Text>();
  check_output(out);
  if (parsed->count("fps") > 0) clip.fps = (*parsed)["fps"].as<double>();
  const wan::Checkpoint checkpoint = wan::open_checkpoint(required(*parsed, "model", "the model"));
  const wan::CheckpointComponent& component = checkpoint.at(wan::Role::vae);
  const auto tile = (*parsed)["decode-tile"].as<std::int64_t>();
  wan::check_tile(tile, wan::vae_config(component));
  Arithmetic arithmetic;
  arithmetic.vae_dtype = parsed->count("vae-dtype") > 0 ? dtype_of((*parsed)["vae-dtype"].as<Text>()) : clip.vae_dtype;
  if (const auto threads = (*parsed)["threads"].as<std::int64_t>(); threads > 0)
    at::set_num_threads(static_cast<int>(threads));
  arithmetic.device = open_device((*parsed)["device"].as<Text>());
  ProgressOptions progress;
  progress.quiet = parsed->count("quiet") > 0;
  try {
    warn_of_tiles(clip.size, tile, context.log);
    const wan::Vae vae = load_vae(component, arithmetic, progress);
    const std::string codec = decode_clip(vae, clip, out, arithmetic.device, context.stop, progress, tile);
    warn_of_codec(codec, out, context.log);
    context.log.info("clip: {} ({}), {} frames of {}", out.string(), codec, clip.frames, size_text(clip.size));
  } catch (const Interrupted& problem) {
    fmt::print(stderr, "stopped\n");
    return 128 + problem.signal();
  } catch (const c10::OutOfMemoryError&) {
    throw Error(fmt::format("the clip does not fit into the memory of {}; give --decode-tile 256, or try --device cpu",
                            device_name(arithmetic.device)));
  }
  return 0;
}

}  // namespace flashmotion::cli
