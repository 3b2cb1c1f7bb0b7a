#include "flashmotion/wan/prompt_text.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/utf8.hpp"
#include "flashmotion/wan/detail/code_points.hpp"
#include "flashmotion/wan/detail/html_entities.hpp"
#include "flashmotion/wan/detail/mojibake.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion::wan {
namespace prompt_text_detail {

bool between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Letters that typesetting or an old encoding joined; empty for all others.
std::u32string_view parted_ligature(char32_t c) {
  switch (c) {
    case U'\u0132':
      return U"IJ";
    case U'\u0133':
      return U"ij";
    case U'\u0149':
      return U"\u02BCn";
    case U'\u01C4':
      return U"D\u017D";
    case U'\u01C5':
      return U"D\u017E";
    case U'\u01C6':
      return U"d\u017E";
    case U'\u01C7':
      return U"LJ";
    case U'\u01C8':
      return U"Lj";
    case U'\u01C9':
      return U"lj";
    case U'\u01CA':
      return U"NJ";
    case U'\u01CB':
      return U"Nj";
    case U'\u01CC':
      return U"nj";
    case U'\u01F1':
      return U"DZ";
    case U'\u01F2':
      return U"Dz";
    case U'\u01F3':
      return U"dz";
    case U'\uFB00':
      return U"ff";
    case U'\uFB01':
      return U"fi";
    case U'\uFB02':
      return U"fl";
    case U'\uFB03':
      return U"ffi";
    case U'\uFB04':
      return U"ffl";
    case U'\uFB05':
      return U"\u017Ft";
    case U'\uFB06':
      return U"st";
    default:
      return {};
  }
}

// Characters that shape no text: controls but for white space, deprecated and annotation marks, the byte-order mark.
bool is_control(char32_t c) {
  return c < 0x09 || c == 0x0B || between(c, 0x0E, 0x1F) || c == 0x7F || between(c, 0x206A, 0x206F) || c == 0xFEFF ||
         between(c, 0xFFF9, 0xFFFC);
}

// Letters that are joined, wide or narrow, and quotes that are curled.
std::u32string plain_characters(std::u32string_view text) {
  std::u32string out;
  for (const char32_t c : text) {
    const std::u32string_view parts = parted_ligature(c);
    if (!parts.empty()) {
      for (const char32_t part : parts) out += part == 0x02BC ? U'\'' : part;
    } else if (c == 0x3000) {
      out += U' ';
    } else if (between(c, 0xFF01, 0xFFEF)) {
      out += detail::compatible_form(c);
    } else if (c == 0x02BC || between(c, 0x2018, 0x201B)) {
      out += U'\'';
    } else if (between(c, 0x201C, 0x201F)) {
      out += U'"';
    } else {
      out += c;
    }
  }
  return out;
}

std::u32string plain_line_breaks(std::u32string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == U'\r' && i + 1 < text.size() && text[i + 1] == U'\n') continue;
    out += c == U'\r' || c == 0x2028 || c == 0x2029 || c == 0x85 ? U'\n' : c;
  }
  return out;
}

// Length of a terminal's escape sequence, `ESC [ numbers letter`, that a text begins with; 0 when it does not.
std::size_t terminal_escape(std::u32string_view text) {
  if (text.size() < 3 || text[0] != 0x1B || text[1] != U'[') return 0;
  std::size_t i = 2;
  while (i < text.size() && (between(text[i], U'0', U'9') || text[i] == U';')) ++i;
  if (i == text.size()) return 0;
  return between(text[i], U'a', U'z') || between(text[i], U'A', U'Z') ? i + 1 : 0;
}

std::u32string without_controls(std::u32string_view text) {
  std::u32string visible;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t escape = terminal_escape(text.substr(i));
    if (escape == 0) visible += text[i];
    i += std::max<std::size_t>(escape, 1);
  }
  std::erase_if(visible, is_control);
  return visible;
}

// Until nothing changes, or references are nested so deeply that somebody wants to waste time.
std::u32string mend_line(std::u32string line, bool resolve_references) {
  constexpr int kRounds = 64;
  std::u32string before;
  for (int round = 0; round < kRounds && before != line; ++round) {
    before = line;
    if (resolve_references) line = detail::unescape_html_carefully(line);
    line = detail::undo_mojibake(line);
    line = plain_line_breaks(plain_characters(line));
    line = detail::normalise_nfc(without_controls(line));
  }
  return line;
}

std::u32string mend(const std::u32string& text) {
  std::u32string out;
  bool resolve_references = true;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(U'\n', begin), text.size() - 1) + 1;
    std::u32string line = text.substr(begin, end - begin);
    resolve_references = resolve_references && line.find(U'<') == std::u32string::npos;
    out += mend_line(std::move(line), resolve_references);
    begin = end;
  }
  return out;
}

// One blank for each run of white space, none at the ends.
std::u32string single_blanks(std::u32string_view text) {
  std::u32string out;
  bool blank = false;
  for (const char32_t c : text) {
    if (detail::is_space(c)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += U' ';
    blank = false;
    out += c;
  }
  return out;
}

}  // namespace prompt_text_detail

std::string clean_prompt(std::string_view prompt) {
  check_prompt_bytes(prompt);
  const std::u32string mended = prompt_text_detail::mend(detail::code_points(prompt));
  const std::u32string resolved = detail::unescape_html(detail::unescape_html(mended));
  return detail::to_utf8(prompt_text_detail::single_blanks(resolved));
}

std::string mend_text(std::string_view text) {
  check_prompt_bytes(text);
  return detail::to_utf8(prompt_text_detail::mend(detail::code_points(text)));
}

void check_prompt_bytes(std::string_view prompt) {
  for (std::size_t i = 0; i < prompt.size();) {
    const std::size_t length = utf8_length(prompt.substr(i));
    if (length == 0) {
      throw InputError(fmt::format("The prompt is not valid UTF-8 at byte {} (0x{:02x}); save it as UTF-8", i,
                                   static_cast<unsigned char>(prompt[i])));
    }
    if (prompt[i] == '\0') throw InputError(fmt::format("The prompt holds a NUL byte at byte {}; remove it", i));
    i += length;
  }
}

}  // namespace flashmotion::wan
