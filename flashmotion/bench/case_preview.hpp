#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"

#include <filesystem>

namespace flashmotion {

/// A video with three pictures side by side: the real clip with its boxes; the generated clip; the same with what was
/// found of the objects in their colours, and the boxes that they should fill. Wide pictures are made smaller.
/// `video` [3, F, H, W] in [-1, 1], `found` [K, F, H, W] bool, `real` one clip of the same size. Throws InputError when
/// the file cannot be written.
FLASHMOTION_EXPORT void write_case_preview(const std::filesystem::path& file, const ClipBatch& real,
                                           const Tensor& video, const Tensor& found, double fps);

}  // namespace flashmotion
