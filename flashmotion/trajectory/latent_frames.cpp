#include "flashmotion/trajectory/latent_frames.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

namespace flashmotion {

std::string frame_count_message(std::string_view what, std::int64_t frames) {
  if (frames < 1) return fmt::format("{} has {} frames; the least is 1", what, frames);
  const std::int64_t below = (frames - 1) / kFramesPerLatent * kFramesPerLatent + 1;
  return fmt::format("{} has {} frames, which is not 1 + 4k; use {} or {}", what, frames, below,
                     below + kFramesPerLatent);
}

std::int64_t latent_frames(std::int64_t frames) {
  if (!is_valid_frame_count(frames)) throw InputError(frame_count_message("the clip", frames));
  return latent_of_frame(frames - 1) + 1;
}

std::int64_t video_frames(std::int64_t latents) {
  if (latents < 1) throw InputError(fmt::format("a clip of {} latent frames has no frames; the least is 1", latents));
  return first_frame_of(latents);
}

}  // namespace flashmotion
