#include "flashmotion/recipe/toml_depth.hpp"

#include "flashmotion/base/utf8.hpp"

#include <cstddef>

namespace flashmotion {
namespace toml_depth_detail {

constexpr int kMostBrackets = 32;
constexpr int kMostDots = 32;

/// Offset behind the string that begins at `i` with `quote`.
std::size_t behind_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  const bool escapes = quote == '"';
  const std::string_view triple = escapes ? "\"\"\"" : "'''";
  const bool multi_line = text.substr(i, 3) == triple;
  for (i += multi_line ? 3 : 1; i < text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
    } else if (multi_line) {
      if (text.substr(i, 3) != triple) continue;
      i += 3;
      // Up to two quotes may stand before the closing three.
      for (int extra = 0; extra < 2 && i < text.size() && text[i] == quote; ++extra) ++i;
      return i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace toml_depth_detail

std::optional<TextPlace> too_deep(std::string_view text) {
  using namespace toml_depth_detail;
  int brackets = 0;
  int dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = behind_string(text, i);
      continue;
    }
    if (c == '#') {
      i = text.find('\n', i);
      if (i == std::string_view::npos) break;
      continue;
    }
    if (c == '.') ++dots;
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (brackets > kMostBrackets || dots > kMostDots) return place_of(text, i);
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots = 0;
    ++i;
  }
  return std::nullopt;
}

std::optional<TextPlace> not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return place_of(text, i);
    i += length;
  }
  return std::nullopt;
}

}  // namespace flashmotion
