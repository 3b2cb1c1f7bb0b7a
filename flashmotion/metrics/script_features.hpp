#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"

#include <filesystem>

namespace flashmotion {

/// Features, "frechet", of anybody's TorchScript program. Its `forward` is given one clip at a time, [1, 3, F, H, W]
/// float32 in [-1, 1], and returns features of the clip, [1, D], or of its frames, [F, D]. The whole clip is in memory
/// for that. Throws as `ScriptModule` does, and InputError for features of another shape or with numbers that are not
/// finite.
[[nodiscard]] FLASHMOTION_EXPORT FeatureExtractor script_features(const std::filesystem::path& file);

}  // namespace flashmotion
