#pragma once

#include "flashmotion/base/export.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace flashmotion {

/// Rows of a glyph from top to bottom; bit 4 is the left column.
using Glyph = std::array<std::uint8_t, 7>;

inline constexpr std::int64_t kGlyphWidth = 5;
inline constexpr std::int64_t kGlyphHeight = 7;
inline constexpr std::int64_t kGlyphAdvance = 6;  // from one character to the next

/// The built-in 5x7 letter for a character of ASCII; a hollow box for any other.
[[nodiscard]] FLASHMOTION_EXPORT const Glyph& glyph(char character);

/// Pixels that a text is wide at scale 1; a character of several UTF-8 bytes counts as one.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t text_width(std::string_view text);

}  // namespace flashmotion
