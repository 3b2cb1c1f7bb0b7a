#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/metrics/flow_finder.hpp"

#include <filesystem>

namespace flashmotion {

/// Objects as anybody's TorchScript program finds them, a segmenter or tracker. Its `forward` is given one clip at a
/// time, [1, 3, F, H, W] float32 in [-1, 1], and the true masks of the first frame, [1, K, H, W] bool, empty for
/// objects that the clip does not have. It returns [1, K, F, H, W]: bool, or probabilities, of which those above 0.5
/// count. A tracker may look ahead, so the whole clip is in memory while it runs, and its masks until they are taken.
/// Throws as `ScriptModule` does, and InputError for masks of another shape or numbers outside of [0, 1].
[[nodiscard]] FLASHMOTION_EXPORT ObjectSearch script_search(const std::filesystem::path& file);

}  // namespace flashmotion
