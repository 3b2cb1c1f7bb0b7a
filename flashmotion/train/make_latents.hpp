#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/base/log.hpp"
#include "flashmotion/base/progress.hpp"
#include "flashmotion/base/stop.hpp"
#include "flashmotion/train/recipe.hpp"

#include <cstdint>
#include <filesystem>

namespace flashmotion {

/// What became of a clip folder.
struct MadeLatents {
  std::int64_t clips = 0;
  std::int64_t windows = 0;
  std::int64_t skipped = 0;      // clips that cannot be used
  std::int64_t found_ready = 0;  // clips that an earlier call had made
  std::int64_t bytes = 0;        // of all files
};

/// Encodes all windows of the recipe's clip folder, mirrored ones too where the recipe draws such, with its codec, text
/// encoder and trajectory encoder into the folder `out`, see `LatentIndex`. The numbers are those that a run of the
/// recipe would compute itself. One clip is in memory, and the next while that is encoded. Goes on where an earlier
/// call was stopped. A codec that is fitted to the clips is kept as `codec.safetensors`. Throws InputError when the
/// recipe has no clip folder, no clip is good, or `out` was made with other settings; Interrupted when a stop is asked
/// for.
FLASHMOTION_EXPORT MadeLatents make_latents(const Recipe& recipe, const Catalog& catalog,
                                            const std::filesystem::path& out, const StopFlag& stop,
                                            const ProgressOptions& progress, const Logger& log);

}  // namespace flashmotion
