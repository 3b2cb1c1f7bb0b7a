#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip_frames.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace flashmotion {

/// A video file as a clip, [1, 3, F, H, W] float32 in [-1, 1], whose frames are decoded anew in each pass. Decodes it
/// once to count them. Throws InputError when it is damaged, and passes do when it has changed meanwhile.
[[nodiscard]] FLASHMOTION_EXPORT ClipFrames video_source(const std::filesystem::path& file);

/// Pictures of one size as a clip, one a frame; a file may stand several times. Of the files only the first is read
/// here: `picture_source` does not look for damage, and a pass throws InputError where there is some.
[[nodiscard]] FLASHMOTION_EXPORT ClipFrames picture_source(const std::vector<std::filesystem::path>& files);

/// A clip with its frames resized, see `resize_bilinear`; the clip itself where it has that size.
[[nodiscard]] FLASHMOTION_EXPORT ClipFrames resized_source(const ClipFrames& clip, std::int64_t height,
                                                           std::int64_t width);

/// What is read of each of some files, as frames of a clip of one size: `read` gives [C, H, W].
[[nodiscard]] FLASHMOTION_EXPORT ClipFrames file_source(std::vector<std::filesystem::path> files, std::int64_t channels,
                                                        std::int64_t height, std::int64_t width,
                                                        std::function<Tensor(const std::filesystem::path&)> read);

}  // namespace flashmotion
