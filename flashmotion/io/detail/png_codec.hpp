#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::png_detail {

/// How a PNG's pixels are wanted.
enum class PngWish {
  colour,  // RGB, 8 or 16 bit as stored, palette and grey expanded, alpha dropped
  labels,  // one channel for grey and palette pictures as stored, RGB else; always 8 bit
};

struct PngPixels {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t channels = 0;          // 1 or 3
  bool sixteen = false;               // two bytes a value, in the machine's order
  std::vector<unsigned char> values;  // [H, W, channels]
};

[[nodiscard]] bool is_png(std::string_view content);

/// Throws InputError that begins with `name` when the content is damaged.
[[nodiscard]] PngPixels decode_png(std::string_view content, const std::string& name, PngWish wish);

/// 8-bit grey (channels 1) or RGB (channels 3) of [H, W, channels] values.
[[nodiscard]] std::string encode_png(const unsigned char* values, std::int64_t width, std::int64_t height,
                                     std::int64_t channels);

}  // namespace flashmotion::png_detail
