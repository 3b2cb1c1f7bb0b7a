#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace flashmotion {

/// Wan's causal grouping in time: the first frame alone, then groups of so many.
inline constexpr std::int64_t kFramesPerLatent = 4;

/// Whether a clip of so many frames can be encoded: 1, 5, 9, … (1 + 4k).
[[nodiscard]] constexpr bool is_valid_frame_count(std::int64_t frames) {
  return frames >= 1 && (frames - 1) % kFramesPerLatent == 0;
}

/// The latent frame that frame `frame` (from 0) is part of: 0 of the first, 1 of the next four, and so on.
[[nodiscard]] constexpr std::int64_t latent_of_frame(std::int64_t frame) {
  return frame < 1 ? 0 : (frame - 1) / kFramesPerLatent + 1;
}

/// The first frame of latent frame `latent`, from 0.
[[nodiscard]] constexpr std::int64_t first_frame_of(std::int64_t latent) {
  return latent < 1 ? 0 : (latent - 1) * kFramesPerLatent + 1;
}

/// Latent frames of a clip of `frames` frames: 1 + (frames - 1) / 4. Throws InputError, which names the
/// nearest legal counts, when `is_valid_frame_count` does not hold.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t latent_frames(std::int64_t frames);

/// The way back: frames of `latents` latent frames. Throws InputError when there is none.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t video_frames(std::int64_t latents);

/// Sentence on a frame count that is not legal, with the nearest legal ones; `what` names the clip or the key.
[[nodiscard]] FLASHMOTION_EXPORT std::string frame_count_message(std::string_view what, std::int64_t frames);

}  // namespace flashmotion
