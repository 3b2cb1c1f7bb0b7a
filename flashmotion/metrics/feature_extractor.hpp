#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/core/tensor.hpp"

#include <functional>
#include <string>

namespace flashmotion {

/// A way to turn clips into features whose distributions are compared.
struct FeatureExtractor {
  std::string metric;       // key in results: "frechet", "fid" or "fvd"
  std::string name;         // what it is, for readers
  std::string file_sha256;  // of its weights; empty when built in
  /// [B, 3, F, H, W] in [-1, 1] -> [N, D] float32; N is B, or B F when it looks at single frames, those of the first
  /// clip first. Frames are read a few at a time, and what is kept of them is stated with each extractor.
  std::function<Tensor(const ClipFrames&)> features;
};

/// The built-in features, "frechet": `RandomConvFeatures`, which need no file and know nothing of meaning.
[[nodiscard]] FLASHMOTION_EXPORT FeatureExtractor fixed_features();

}  // namespace flashmotion
