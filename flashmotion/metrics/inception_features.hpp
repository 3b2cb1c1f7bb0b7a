#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"

#include <filesystem>

namespace flashmotion {

/// Features of frames for "fid": the 2048 numbers after the last pooling of the Inception-v3 that FID is measured with
/// (Heusel et al., 2017), a feature for each frame, a few frames at a time. Frames are rounded to 8 bits first, as if
/// they had been saved. `file` is one of
/// - weights under the names of torchvision's Inception-v3, as the Python package pytorch-fid has them (keys such as
///   `Mixed_7c.branch1x1.conv.weight`; a classifier is ignored). The network is built in: frames are resized to
///   299x299, bilinear without a filter, and scaled to [-1, 1]; mean pools leave out the padding, and the last block
///   has a maximum pool, as that network has it;
/// - a TorchScript program that resizes and scales by itself: it is called with [n, 3, H, W] uint8, and with
///   `return_features=True` where it knows that argument, and returns [n, 2048].
/// Throws InputError when the file is something else. Whose weights they are is for the reader to tell by the SHA-256.
[[nodiscard]] FLASHMOTION_EXPORT FeatureExtractor inception_features(const std::filesystem::path& file);

}  // namespace flashmotion
