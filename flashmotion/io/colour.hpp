#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion {

/// An 8-bit RGB colour.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  bool operator==(const Colour&) const = default;
};

/// `#rrggbb` in either case; none for anything else.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<Colour> parse_colour(std::string_view text);

/// `#rrggbb` in small letters.
[[nodiscard]] FLASHMOTION_EXPORT std::string colour_text(Colour colour);

}  // namespace flashmotion
