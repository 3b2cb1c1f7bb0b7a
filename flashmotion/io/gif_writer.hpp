#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <filesystem>

namespace flashmotion {

/// Writes a GIF that repeats for ever, whole or not at all: uint8 [T, H, W, 3], one table of 256 colours for the whole
/// clip, made by halving the fullest ranges of its colours. A frame lasts a whole number of hundredths of a second, at
/// least 2. Throws ShapeError for another shape, InputError for a side above 65535.
FLASHMOTION_EXPORT void write_gif(const std::filesystem::path& path, const Tensor& clip, double fps);

}  // namespace flashmotion
