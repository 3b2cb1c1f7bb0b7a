#include "flashmotion/metrics/islands.hpp"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace flashmotion {
namespace islands {

struct Piece {
  std::size_t begin = 0, end = 0;  // of its pixels in a list
};

// Pixels of one mask, piece by piece.
std::vector<Piece> pieces_of(const bool* mask, std::int64_t height, std::int64_t width,
                             std::vector<std::int64_t>& pixels) {
  std::vector<Piece> pieces;
  std::vector<char> seen(static_cast<std::size_t>(height * width), 0);
  pixels.clear();
  const auto add = [&](std::int64_t pixel) {
    if (!mask[pixel] || seen[static_cast<std::size_t>(pixel)] != 0) return;
    seen[static_cast<std::size_t>(pixel)] = 1;
    pixels.push_back(pixel);
  };
  for (std::int64_t start = 0; start < height * width; ++start) {
    const std::size_t begin = pixels.size();
    add(start);
    for (std::size_t next = begin; next < pixels.size(); ++next) {
      const std::int64_t y = pixels[next] / width, x = pixels[next] % width;
      for (std::int64_t v = std::max<std::int64_t>(0, y - 1); v <= std::min(height - 1, y + 1); ++v) {
        for (std::int64_t u = std::max<std::int64_t>(0, x - 1); u <= std::min(width - 1, x + 1); ++u)
          add(v * width + u);
      }
    }
    if (pixels.size() > begin) pieces.push_back({begin, pixels.size()});
  }
  return pieces;
}

}  // namespace islands

Tensor without_islands(const Tensor& masks, double share) {
  Tensor result = masks.clone(at::MemoryFormat::Contiguous);
  const std::int64_t height = masks.size(1), width = masks.size(2);
  std::vector<std::int64_t> pixels;
  for (std::int64_t k = 0; k < masks.size(0); ++k) {
    bool* mask = result.data_ptr<bool>() + k * height * width;
    const auto pieces = islands::pieces_of(mask, height, width, pixels);
    std::size_t largest = 0;
    for (const auto& piece : pieces) largest = std::max(largest, piece.end - piece.begin);
    for (const auto& piece : pieces) {
      if (static_cast<double>(piece.end - piece.begin) >= share * static_cast<double>(largest)) continue;
      for (std::size_t i = piece.begin; i < piece.end; ++i) mask[pixels[i]] = false;
    }
  }
  return result;
}

}  // namespace flashmotion
