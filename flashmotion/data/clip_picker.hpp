#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/rng.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace flashmotion {

/// Where drawn clips may begin in a longer one.
struct ClipWindows {
  std::vector<std::int64_t> starts;  // frames
  std::vector<std::int64_t> shown;   // objects seen in the clip that begins there
};

struct ClipPick {
  std::size_t clip = 0;  // index
  std::int64_t start = 0;
  bool flip = false;
};

/// What a request draws from clips of its split. Training: a random clip, start and, with `flip`, side. Evaluation: the
/// clips in turn from a random one, each from its middle, never flipped. Empty when no clip shows `request.objects`
/// objects, or any.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ClipPick> pick_clips(std::span<const ClipWindows> clips,
                                                                  const ClipRequest& request, bool flip, Rng& rng);

/// Starts for clips that span `span` of `frames` frames: all there are, or `windows` of them, evenly spread.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::int64_t> window_starts(std::int64_t frames, std::int64_t span,
                                                                         std::int64_t windows);

}  // namespace flashmotion
