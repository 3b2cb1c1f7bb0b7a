#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/colour.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace flashmotion {

/// Colours of two objects in a compressed video differ at least so much (Euclidean, of 8-bit RGB); nearer ones are
/// taken for one object.
inline constexpr double kColourReach = 24;

/// Finds what colours of objects there are in a picture on black, uint8 [H, W, 3], beside those of `known`: the largest
/// areas first. Compressed pictures are allowed: a colour is the mean of an even area, and blurred edges make none. At
/// most 254 with the known ones.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<Colour> new_object_colours(const Tensor& picture,
                                                                        std::span<const Colour> known);

/// Which object each pixel belongs to, uint8 [H, W]: 1 is the first colour, 0 is black. An edge that compression has
/// blurred ends where it is half as bright as its object, and has the object that it touches.
[[nodiscard]] FLASHMOTION_EXPORT Tensor label_colours(const Tensor& picture, std::span<const Colour> colours);

/// What is to be known of one label in a map.
struct LabelRegion {
  std::int64_t area = 0;              // pixels, specks left out
  std::array<std::int64_t, 4> box{};  // x0, y0, x1, y1 in pixels, half open
  std::int64_t inside = 0;            // pixels at least `margin` within the box
  std::int64_t inside_area = 0;       // pixels that could be
  std::array<std::int64_t, 4>
      rims{};  // at the left, upper, right, lower border: rows or columns that are mostly filled
};

/// Regions of the labels 1 to `count` in a map, uint8 [H, W]. Connected pieces below a thousandth of the largest or
/// below 6 pixels are left out when `specks` is set.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<LabelRegion> label_regions(const Tensor& labels, std::int64_t count,
                                                                        std::int64_t margin, bool specks);

}  // namespace flashmotion
