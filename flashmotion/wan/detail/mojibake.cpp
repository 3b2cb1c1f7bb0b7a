#include "flashmotion/wan/detail/mojibake.hpp"

#include "flashmotion/wan/detail/code_points.hpp"

#include <utf8proc.h>

#include <cstddef>
#include <vector>

namespace flashmotion::wan::detail {
namespace mojibake_detail {

constexpr char32_t kLost = 0xFFFD;

bool between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }
bool is_ascii_lower(char32_t c) { return between(c, U'a', U'z'); }

// A character that lies in the line as the characters of its bytes.
struct Garbled {
  std::size_t length = 0;  // 0 when there is none
  std::u32string meaning;
  bool improbable = false;  // honest text does not look like this
};

struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::u32string meaning;
  bool improbable = false;
};

// Signs that do follow a letter in honest text: dashes, quotes, brackets, an ellipsis, marks of brands and degrees.
bool is_usual_after_letter(char32_t c) {
  switch (c) {
    case 0x2026:  // …
    case 0x2022:  // •
    case 0x00A0:
    case 0x00AD:
    case 0x00B0:  // °
    case 0x00B4:  // ´
    case 0x00B7:  // ·
    case 0x2122:  // ™
    case 0x00AE:  // ®
      return true;
    default:
      break;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
      return true;
    default:
      return false;
  }
}

bool is_quote(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_PI || category == UTF8PROC_CATEGORY_PF || category == UTF8PROC_CATEGORY_PS;
}

bool is_letter(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

bool is_money(char32_t c) { return c == 0x00A2 || c == 0x00A3 || c == 0x00A5 || c == 0x20AC; }  // ¢ £ ¥ €

// Letters among the characters of continuation bytes that words do spell after an accented letter.
bool is_usual_letter(char32_t c) {
  return c == 0x0160 || c == 0x0161 || c == 0x017D || c == 0x017E || c == 0x00B5;  // Š š Ž ž µ
}

// Bytes that a blank may have been 0xA0 in, by position. Only those that lead to common characters.
bool may_be_blank(unsigned char lead, std::size_t place) {
  if (place == 1) return lead == 0xC2 || lead == 0xC3 || lead == 0xE2 || lead == 0xE3;
  return lead >= 0xE0 && lead <= 0xE3;
}

// Letters that begin two-byte characters which stand alone in text: Latin, Greek, Cyrillic, Hebrew, Arabic. The others
// lead to phonetic signs and rare scripts, and one of those alone is more likely a capital before a sign.
bool leads_to_common(char32_t lead) {
  return between(lead, 0xC2, 0xC5) || between(lead, 0xCE, 0xD1) || between(lead, 0xD7, 0xD9);
}

bool is_improbable(std::u32string_view line, std::size_t at, std::size_t length) {
  const char32_t lead = line[at];
  const char32_t before = at > 0 ? line[at - 1] : U'\n';
  const char32_t after = at + length < line.size() ? line[at + length] : U'\n';
  if (length == 4) return true;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    const char32_t c = line[i];
    if (between(c, 0x80, 0x9F)) return true;
    if (c == U' ' || (length == 2 && is_money(c) && !is_ascii_lower(before))) continue;
    if (length == 2 && !leads_to_common(lead)) continue;
    if (!is_usual_after_letter(c) && !is_usual_letter(c)) return true;
  }
  const char32_t last = line[at + length - 1];
  if (length == 2 && (lead == 0xC2 || lead == 0xC3)) {
    if (last == U' ') {
      const char32_t word = before == U' ' && at > 1 ? line[at - 2] : before;
      return at == 0 || is_ascii_lower(word);
    }
    return last != 0x2019 && last != 0x2026;  // words end in Ã before an apostrophe and an ellipsis
  }
  // Letters of Central Europe: `Å¡`, `Å½`.
  if (length == 2 && (lead == 0xC4 || lead == 0xC5) && is_usual_letter(last)) return true;
  return is_quote(last) && is_letter(after) && is_letter(lead) && (length == 3 || leads_to_common(lead));
}

char32_t decode(const std::vector<unsigned char>& bytes) {
  const unsigned char lead = bytes.front();
  char32_t c = bytes.size() == 2 ? lead & 0x1FU : bytes.size() == 3 ? lead & 0x0FU : lead & 0x07U;
  for (std::size_t i = 1; i < bytes.size(); ++i) c = c << 6U | (bytes[i] & 0x3FU);
  const bool overlong = c < (bytes.size() == 2 ? 0x80U : bytes.size() == 3 ? 0x800U : 0x10000U);
  return overlong || between(c, 0xD800, 0xDFFF) || c > 0x10FFFF ? 0 : c;
}

Garbled garbled_at(std::u32string_view line, std::size_t at) {
  if (line[at] < 0x80) return {};
  const auto lead = windows_1252_byte(line[at]);
  if (!lead || *lead < 0xC2 || *lead > 0xF4) return {};
  const std::size_t length = *lead < 0xE0 ? 2 : *lead < 0xF0 ? 3 : 4;
  if (at + length > line.size()) return {};
  std::vector<unsigned char> bytes{*lead};
  bool lost = false;
  std::size_t blanks = 0;
  for (std::size_t i = 1; i < length; ++i) {
    const char32_t c = line[at + i];
    auto byte = windows_1252_byte(c);
    if (c == kLost) {
      lost = true;
      byte = 0xBF;
    } else if (c == U' ' && may_be_blank(*lead, i)) {
      ++blanks;
      byte = 0xA0;
    }
    if (!byte || *byte < 0x80 || *byte > 0xBF) return {};
    bytes.push_back(*byte);
  }
  const char32_t c = decode(bytes);
  if ((c == 0 && !lost) || blanks > 1) return {};
  Garbled result{length, {lost ? kLost : c}, is_improbable(line, at, length)};
  // `Ã la mode`: the blank between words was there beside the no-break space and swallowed it.
  if (*lead == 0xC3 && blanks == 1) {
    const std::u32string_view rest = line.substr(at + 2);
    const bool one_word = rest.starts_with(U" ") || rest.starts_with(U"quele") || rest.starts_with(U"quela") ||
                          rest.starts_with(U"quilo") || rest.starts_with(U"s ");
    if (!one_word) result.meaning += U' ';
  }
  return result;
}

std::vector<Run> garbled_runs(std::u32string_view line) {
  constexpr std::size_t kTelling = 3;  // so many in a row are no chance
  std::vector<Run> runs;
  for (std::size_t i = 0; i < line.size();) {
    Run run{i, i, {}, false};
    std::size_t count = 0;
    while (run.end < line.size()) {
      const Garbled next = garbled_at(line, run.end);
      if (next.length == 0) break;
      run.end += next.length;
      run.meaning += next.meaning;
      run.improbable = run.improbable || next.improbable;
      ++count;
    }
    if (count == 0) {
      ++i;
      continue;
    }
    run.improbable = run.improbable || count >= kTelling;
    i = run.end;
    runs.push_back(std::move(run));
  }
  return runs;
}

// Whether every character outside of ASCII is part of a run: then the whole line was garbled in one go.
bool all_garbled(std::u32string_view line, const std::vector<Run>& runs) {
  std::size_t next = 0;
  for (const Run& run : runs) {
    for (; next < run.begin; ++next) {
      if (line[next] >= 0x80) return false;
    }
    next = run.end;
  }
  for (; next < line.size(); ++next) {
    if (line[next] >= 0x80) return false;
  }
  return true;
}

std::u32string undo_once(std::u32string_view line) {
  const std::vector<Run> runs = garbled_runs(line);
  bool any = false;
  for (const Run& run : runs) any = any || run.improbable;
  if (!any) return std::u32string(line);
  const bool all = all_garbled(line, runs);
  std::u32string out;
  std::size_t next = 0;
  for (const Run& run : runs) {
    out += line.substr(next, run.begin - next);
    out += all || run.improbable ? run.meaning : std::u32string(line.substr(run.begin, run.end - run.begin));
    next = run.end;
  }
  return out += line.substr(next);
}

}  // namespace mojibake_detail

std::u32string undo_mojibake(std::u32string_view line) {
  std::u32string text(line);
  for (std::u32string before; before != text;) {
    before = text;
    text = mojibake_detail::undo_once(text);
  }
  for (char32_t& c : text) {
    if (mojibake_detail::between(c, 0x80, 0x9F)) c = windows_1252(static_cast<unsigned char>(c));
  }
  return text;
}

}  // namespace flashmotion::wan::detail
