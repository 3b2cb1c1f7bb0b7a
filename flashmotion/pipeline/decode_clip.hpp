#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/pipeline/latent_file.hpp"
#include "flashmotion/wan/vae.hpp"

#include <c10/core/Device.h>

#include <filesystem>
#include <string>

namespace flashmotion {

/// Decodes a clip a latent frame at a time and writes its frames while it goes on, so that memory does not grow with
/// the clip's length. The autoencoder lies on `device`. `out` appears whole or not at all. Returns what was written, as
/// `ClipOutput::codec`. Throws InputError when the latents are another model's, Interrupted when a stop is asked for.
FLASHMOTION_EXPORT std::string decode_clip(const wan::Vae& vae, const ClipLatents& clip,
                                           const std::filesystem::path& out, const c10::Device& device,
                                           const StopFlag& stop, const ProgressOptions& progress);

}  // namespace flashmotion
