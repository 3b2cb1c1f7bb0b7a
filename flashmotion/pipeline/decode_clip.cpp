#include "flashmotion/pipeline/decode_clip.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/pipeline/clip_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

namespace flashmotion {

std::string decode_clip(const wan::Vae& vae, const ClipLatents& clip, const std::filesystem::path& out,
                        const c10::Device& device, const StopFlag& stop, const ProgressOptions& progress) {
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
  ClipOutput output(out, clip.size, clip.fps);
  ProgressBar bar("decoding, latent frames", latent.size(2), progress);
  wan::VaeDecodeStream stream = vae.decode_stream();
  for (std::int64_t t = 0; t < latent.size(2); ++t) {
    stop.throw_if_stopped();
    output.add(stream.push(latent.narrow(2, t, 1).to(device))[0].to(at::kCPU));
    bar.advance();
  }
  output.finish();
  return output.codec();
}

}  // namespace flashmotion
