#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/pipeline/latent_file.hpp"
#include "flashmotion/wan/vae.hpp"

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace flashmotion {

/// Decodes a clip a latent frame at a time and writes its frames while it goes on, so that memory does not grow with
/// the clip's length. The autoencoder lies on `device`. With `tile`, pixels of the side of a tile, a frame that does
/// not fit into one is decoded in tiles, which is not exact (wan/tiled_decode.hpp); the clip's pixels are on the CPU
/// then until all are there. `out` appears whole or not at all. Returns what was written, as `ClipOutput::codec`.
/// Throws InputError when the latents are another model's or a tile's side is not legal, Interrupted when a stop is
/// asked for.
FLASHMOTION_EXPORT std::string decode_clip(const wan::Vae& vae, const ClipLatents& clip,
                                           const std::filesystem::path& out, const c10::Device& device,
                                           const StopFlag& stop, const ProgressOptions& progress,
                                           std::int64_t tile = 0);

/// Says that a clip of this size is decoded in tiles, where it is, and that this is not exact.
FLASHMOTION_EXPORT void warn_of_tiles(const PixelSize& size, std::int64_t tile, const Logger& log);

}  // namespace flashmotion
