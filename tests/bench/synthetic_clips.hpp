#pragma once

#include "flashmotion/io/image.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

// Tiny clips with masks.

namespace synthetic_clips {

inline constexpr std::int64_t kHeight = 64;
inline constexpr std::int64_t kWidth = 96;

/// A clip of bright squares of 12 pixels on an even ground; square i has label i + 1, begins in the upper part at
/// 28 i + 4 and goes one pixel down in each frame.
inline void make_clip(const std::filesystem::path& folder, std::int64_t frames, std::int64_t objects,
                      std::int64_t grey) {
  std::filesystem::create_directories(folder / "frames");
  std::filesystem::create_directories(folder / "masks");
  for (std::int64_t t = 0; t < frames; ++t) {
    at::Tensor picture = at::full({kHeight, kWidth, 3}, grey, at::kByte);
    at::Tensor labels = at::zeros({kHeight, kWidth}, at::kByte);
    for (std::int64_t i = 0; i < objects; ++i) {
      picture.narrow(0, 6 + t, 12).narrow(1, 4 + 28 * i, 12).fill_(200 + 10 * i);
      labels.narrow(0, 6 + t, 12).narrow(1, 4 + 28 * i, 12).fill_(i + 1);
    }
    flashmotion::write_png(folder / "frames" / fmt::format("{}.png", t), picture);
    flashmotion::write_mask_png(folder / "masks" / fmt::format("{}.png", t), labels);
  }
}

}  // namespace synthetic_clips
