#include "flashmotion/wan/detail/html_entities.hpp"

#include "flashmotion/wan/detail/code_points.hpp"

#include <utf8proc.h>

#include <charconv>

namespace flashmotion::wan::detail {
namespace html_entities_detail {

constexpr std::size_t kLongestName = 32;  // with semicolon

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_hex(char32_t c) { return is_digit(c) || (c >= U'a' && c <= U'f') || (c >= U'A' && c <= U'F'); }
bool is_alphanumeric(char32_t c) { return is_digit(c) || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool ends_name(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\f' || c == U' ' || c == U'<' || c == U'&' || c == U'#' || c == U';';
}

// Names are ASCII; anything else is in no table.
std::string narrow(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) out += c < 0x80 ? static_cast<char>(c) : '?';
  return out;
}

// What a number stands for, by the rules of HTML for numbers that name no character.
std::u32string numbered(char32_t number) {
  if (number == 0) return U"\uFFFD";
  if (number >= 0x80 && number <= 0x9F) return {windows_1252(static_cast<unsigned char>(number))};
  if ((number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF) return U"\uFFFD";
  const bool control =
      (number < 0x20 && number != U'\t' && number != U'\n' && number != U'\f' && number != U'\r') || number == 0x7F;
  const bool no_character = (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
  if (control || no_character) return {};
  return {number};
}

// A reference at the beginning of a text, after its ampersand.
struct Found {
  std::u32string text;
  std::size_t length = 0;  // code points that it takes; 0 when there is none
};

Found numeric_reference(std::u32string_view rest) {  // begins with '#'
  const bool hex = rest.size() > 1 && (rest[1] == U'x' || rest[1] == U'X');
  std::size_t i = hex ? 2 : 1;
  const std::size_t first = i;
  char32_t number = 0;
  for (; i < rest.size() && (hex ? is_hex(rest[i]) : is_digit(rest[i])); ++i) {
    const char32_t c = rest[i];
    const char32_t digit = is_digit(c) ? c - U'0' : (c | 0x20) - U'a' + 10;
    if (number <= 0x10FFFF) number = number * (hex ? 16 : 10) + digit;
  }
  if (i == first) return {};
  if (i < rest.size() && rest[i] == U';') ++i;
  return {numbered(number), i};
}

Found named_reference(std::u32string_view rest) {
  std::size_t length = 0;
  while (length < rest.size() && length < kLongestName && !ends_name(rest[length])) ++length;
  if (length == 0) return {};
  const std::string name = narrow(rest.substr(0, length));
  const bool closed = length < rest.size() && rest[length] == U';';
  if (closed) {
    if (const auto entity = find_html_entity(name)) return {entity->text, length + 1};
  }
  for (std::size_t cut = length; cut > 1; --cut) {
    const auto entity = find_html_entity(std::string_view(name).substr(0, cut));
    if (entity && entity->bare_allowed) return {entity->text, cut};
  }
  return {};
}

// Capitals of the few characters that become two or three of them.
std::u32string upper(char32_t c) {
  switch (c) {
    case U'\u00DF':
      return U"SS";
    case U'\u0149':
      return U"\u02BCN";
    case U'\uFB00':
      return U"FF";
    case U'\uFB01':
      return U"FI";
    case U'\uFB02':
      return U"FL";
    case U'\uFB03':
      return U"FFI";
    case U'\uFB04':
      return U"FFL";
    default:
      return {static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)))};
  }
}

// `&EACUTE;`, where only `&eacute;` is a name. None when the capitals mean something of their own.
std::optional<std::u32string> shouted(const std::string& name) {
  std::string lower;
  for (const char c : name) {
    if (c >= 'a' && c <= 'z') return std::nullopt;
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (lower == name) return std::nullopt;
  for (std::size_t cut = name.size(); cut > 1; --cut) {
    const auto entity = find_html_entity(std::string_view(name).substr(0, cut));
    if (entity && entity->bare_allowed) return std::nullopt;
  }
  const auto entity = find_html_entity(lower);
  if (!entity) return std::nullopt;
  std::u32string out;
  for (const char32_t c : entity->text) out += upper(c);
  return out;
}

std::optional<std::u32string> careful_reference(std::u32string_view rest) {  // from '&' to ';'
  const std::u32string_view inner = rest.substr(1, rest.size() - 2);
  if (inner.front() == U'#') {
    const Found found = numeric_reference(rest.substr(1));
    if (found.length + 1 != rest.size() || found.text == U";") return std::nullopt;
    return found.text;
  }
  const std::string name = narrow(inner);
  if (const auto entity = find_html_entity(name)) return entity->text;
  return shouted(name);
}

}  // namespace html_entities_detail

std::optional<HtmlEntity> find_html_entity(std::string_view name) {
  const std::string_view table = html_entity_table();
  // Bisection over bytes: `low` always begins an entry, and so does what a probe moves back to.
  std::size_t low = 0;
  std::size_t high = table.size();
  while (low < high) {
    std::size_t begin = low + (high - low) / 2;
    while (begin > low && table[begin - 1] != ' ') --begin;
    const std::size_t end = table.find(' ', begin);
    const std::string_view entry = table.substr(begin, end - begin);
    const std::size_t mark = entry.find_first_of(";,");
    const int order = name.compare(entry.substr(0, mark));
    if (order < 0) {
      high = begin;
    } else if (order > 0) {
      low = end + 1;
    } else {
      HtmlEntity entity;
      entity.bare_allowed = entry[mark] == ',';
      std::uint32_t code = 0;
      const char* const stop = entry.data() + entry.size();
      for (const char* at = entry.data() + mark; at < stop;) {
        at = std::from_chars(at + 1, stop, code, 16).ptr;
        entity.text += static_cast<char32_t>(code);
      }
      return entity;
    }
  }
  return std::nullopt;
}

std::u32string unescape_html(std::u32string_view text) {
  using namespace html_entities_detail;
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == U'&' && i + 1 < text.size()) {
      const std::u32string_view rest = text.substr(i + 1);
      const Found found = rest.front() == U'#' ? numeric_reference(rest) : named_reference(rest);
      if (found.length != 0) {
        out += found.text;
        i += 1 + found.length;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

std::u32string unescape_html_carefully(std::u32string_view text) {
  using namespace html_entities_detail;
  constexpr std::size_t kLongest = 24;
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == U'&') {
      std::size_t end = i + 1;
      if (end < text.size() && text[end] == U'#') ++end;
      const std::size_t first = end;
      while (end < text.size() && end - first < kLongest && is_alphanumeric(text[end])) ++end;
      if (end > first && end < text.size() && text[end] == U';') {
        if (const auto found = careful_reference(text.substr(i, end + 1 - i))) {
          out += *found;
          i = end + 1;
          continue;
        }
      }
    }
    out += text[i++];
  }
  return out;
}

}  // namespace flashmotion::wan::detail
