#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <string>

namespace flashmotion {

/// Pixels of a picture or a clip.
struct PixelSize {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool operator==(const PixelSize&) const = default;
};

/// `1280x704`.
[[nodiscard]] FLASHMOTION_EXPORT std::string size_text(const PixelSize& size);

/// The size of a clip that begins with a picture, as Wan 2.2 chooses it (`best_output_size`): near the picture's aspect
/// ratio, sides that are multiples of `cell`, at most `area` pixels. Throws InputError when the picture is more than
/// four times as long as it is wide or high; `name` stands for it.
[[nodiscard]] FLASHMOTION_EXPORT PixelSize fitted_size(const PixelSize& picture, std::int64_t cell, std::int64_t area,
                                                       const std::string& name);

/// Throws InputError, which offers the nearest legal numbers, when a clip cannot have this size or so many frames.
FLASHMOTION_EXPORT void check_clip_shape(const PixelSize& size, std::int64_t frames, std::int64_t cell);

/// A picture, uint8 [H, W, 3], scaled by Lanczos so that it covers the clip, its middle cut out: float32 [3, H, W] in
/// [-1, 1].
[[nodiscard]] FLASHMOTION_EXPORT Tensor fitted_picture(const Tensor& rgb, const PixelSize& size);

}  // namespace flashmotion
