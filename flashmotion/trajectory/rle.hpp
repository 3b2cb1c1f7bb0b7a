#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A mask as the lengths of its runs, in the order of COCO: column by column from the left, each from the top, outside
/// and inside in turn, beginning with outside (which may be 0 long). The lengths add up to height x width.
struct RleMask {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint32_t> counts{};

  /// False for a mask that was left out: even one without a pixel inside has a run.
  [[nodiscard]] bool given() const { return !counts.empty(); }
  bool operator==(const RleMask&) const = default;
};

/// Of a mask, bool or uint8 [H, W]; what is not 0 is inside. Throws ShapeError for another shape.
[[nodiscard]] FLASHMOTION_EXPORT RleMask rle_of(const Tensor& mask);

/// The way back, bool [H, W].
[[nodiscard]] FLASHMOTION_EXPORT Tensor mask_of(const RleMask& rle);

/// Pixels inside.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t rle_area(const RleMask& rle);

/// The tight box in pixels, x0, y0, x1, y1, half open; none for an empty mask.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::array<std::int64_t, 4>> rle_box(const RleMask& rle);

/// COCO's compressed text of the lengths.
[[nodiscard]] FLASHMOTION_EXPORT std::string rle_text(const RleMask& rle);

/// Why these lengths are none of a mask of this size; empty when they are.
[[nodiscard]] FLASHMOTION_EXPORT std::string rle_problem(const RleMask& rle);

/// Lengths of COCO's compressed text; none when it is damaged. Whether they fit a size is for `rle_problem` to say.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::vector<std::uint32_t>> parse_rle_counts(std::string_view text);

}  // namespace flashmotion
