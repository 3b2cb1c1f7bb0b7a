#include "flashmotion/pipeline/decode_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/pipeline/clip_output.hpp"
#include "flashmotion/wan/tiled_decode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

namespace flashmotion {
namespace decode_clip_detail {

void add_whole_frames(ClipOutput& output, const wan::Vae& vae, const Tensor& latent, const c10::Device& device,
                      const StopFlag& stop, ProgressBar& bar) {
  wan::VaeDecodeStream stream = vae.decode_stream();
  for (std::int64_t t = 0; t < latent.size(2); ++t) {
    stop.throw_if_stopped();
    output.add(stream.push(latent.narrow(2, t, 1).to(device))[0].to(at::kCPU));
    bar.advance();
  }
}

void add_tiles(ClipOutput& output, const wan::Vae& vae, const Tensor& latent, std::int64_t tile,
               const c10::Device& device, const StopFlag& stop, ProgressBar& bar) {
  const Tensor clip = wan::decode_in_tiles(vae, latent, tile, device, [&] {
    bar.advance();
    stop.throw_if_stopped();
  });
  for (std::int64_t frame = 0; frame < clip.size(2); ++frame) output.add(clip[0].narrow(1, frame, 1));
}

}  // namespace decode_clip_detail

std::string decode_clip(const wan::Vae& vae, const ClipLatents& clip, const std::filesystem::path& out,
                        const c10::Device& device, const StopFlag& stop, const ProgressOptions& progress,
                        std::int64_t tile) {
  const torch::NoGradGuard no_grad;
  const std::int64_t factor = vae.config().spatial_factor();
  const Tensor& latent = clip.latent;
  if (latent.size(1) != vae.config().z_dim || latent.size(3) * factor != clip.size.height ||
      latent.size(4) * factor != clip.size.width) {
    throw InputError(fmt::format(
        "latents [{}] of a clip of {} are not of this model, whose autoencoder has {} channels and {} pixels "
        "a cell; give --model the one that made them{}",
        fmt::join(latent.sizes(), ", "), size_text(clip.size), vae.config().z_dim, factor,
        clip.model.empty() ? std::string() : fmt::format(", '{}'", clip.model)));
  }
  wan::check_tile(tile, vae.config());
  const std::int64_t tiles = wan::tile_count(latent, tile, vae.config());
  stop.throw_if_stopped();
  ClipOutput output(out, clip.size, clip.fps);
  ProgressBar bar("decoding, latent frames", latent.size(2) * tiles, progress);
  if (tiles == 1) {
    decode_clip_detail::add_whole_frames(output, vae, latent, device, stop, bar);
  } else {
    decode_clip_detail::add_tiles(output, vae, latent, tile, device, stop, bar);
  }
  output.finish();
  return output.codec();
}

void warn_of_tiles(const PixelSize& size, std::int64_t tile, const Logger& log) {
  if (tile == 0 || (tile >= size.width && tile >= size.height)) return;
  log.warning(
      "decoding in tiles of {} pixels is not exact: near a tile's border the clip differs a little from the one "
      "that whole frames give",
      tile);
}

}  // namespace flashmotion
