#include "flashmotion/io/colour.hpp"

#include <fmt/format.h>

#include <charconv>

namespace flashmotion {

std::optional<Colour> parse_colour(std::string_view text) {
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(text.data() + 1, end, value, 16);
  if (code != std::errc() || stopped != end) return std::nullopt;
  return Colour{static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 8U),
                static_cast<std::uint8_t>(value)};
}

std::string colour_text(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

}  // namespace flashmotion
