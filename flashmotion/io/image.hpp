#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace flashmotion {

/// Reads a picture as float32 [3, H, W] in [-1, 1]: PNG (grey, palette, RGB, 8 and 16 bit), JPEG, WebP and
/// what else FFmpeg decodes; known by content and not by name. Alpha is dropped.
/// Throws InputError when the file is missing, damaged or no picture.
[[nodiscard]] FLASHMOTION_EXPORT Tensor read_image(const std::filesystem::path& path);

/// The same as uint8 [H, W, 3]; 16-bit values are rounded.
[[nodiscard]] FLASHMOTION_EXPORT Tensor read_image_rgb8(const std::filesystem::path& path);

/// Reads a mask as labels, uint8 [H, W]: the palette index or the grey value (high byte of 16 bit). In
/// an RGB picture each colour is a label, black 0 and the others from 1 in rising order of their
/// value 0xRRGGBB; more than 255 colours are an InputError, as such a file is a photograph.
[[nodiscard]] FLASHMOTION_EXPORT Tensor read_mask_png(const std::filesystem::path& path);

/// The same for the masks of one clip, which must agree on what a colour means: `colours` holds the
/// colours of RGB masks seen so far (label 1 is the first) and grows by those that are new.
[[nodiscard]] FLASHMOTION_EXPORT Tensor read_mask_png(const std::filesystem::path& path,
                                                      std::vector<std::uint32_t>& colours);

/// Writes float [3, H, W] in [-1, 1] or uint8 [H, W, 3] as 8-bit RGB, whole or not at all. Equal
/// pixels give equal bytes (with one build of zlib). Throws ShapeError for another shape.
FLASHMOTION_EXPORT void write_png(const std::filesystem::path& path, const Tensor& picture);

/// Writes labels, uint8 [H, W], as an 8-bit grey PNG.
FLASHMOTION_EXPORT void write_mask_png(const std::filesystem::path& path, const Tensor& labels);

}  // namespace flashmotion
