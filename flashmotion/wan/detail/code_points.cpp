#include "flashmotion/wan/detail/code_points.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/error.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace flashmotion::wan::detail {
namespace code_points_detail {

// Bytes 0x80 to 0x9F; all others of Windows-1252 are the code points of the same number.
constexpr std::array<char32_t, 32> kUpperControls{0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                  0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                                  0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                  0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }  // NOLINT: utf8proc's result is malloc's
};

std::u32string map(std::u32string_view text, int options) {
  const std::string bytes = to_utf8(text);
  utf8proc_uint8_t* raw = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()), static_cast<utf8proc_ssize_t>(bytes.size()),
                   &raw, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(raw);
  if (length < 0) throw Error(std::string("Unicode normalisation failed: ") + utf8proc_errmsg(length));
  return code_points({reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length)});
}

}  // namespace code_points_detail

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t c = 0;
    const auto used = utf8proc_iterate(at, left, &c);
    FLASHMOTION_ASSERT(used > 0);
    out += static_cast<char32_t>(c);
    at += used;
    left -= used;
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
  }
  return out;
}

char32_t windows_1252(unsigned char byte) {
  return byte >= 0x80 && byte <= 0x9F ? code_points_detail::kUpperControls.at(byte - 0x80U) : byte;
}

std::optional<unsigned char> windows_1252_byte(char32_t c) {
  if (c <= 0xFF) return static_cast<unsigned char>(c);
  const auto& table = code_points_detail::kUpperControls;
  const auto* const found = std::find(table.begin(), table.end(), c);
  if (found == table.end()) return std::nullopt;
  return static_cast<unsigned char>(0x80 + (found - table.begin()));
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::u32string normalise_nfc(std::u32string_view text) {
  return code_points_detail::map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::u32string compatible_form(char32_t c) {
  return code_points_detail::map({&c, 1}, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

}  // namespace flashmotion::wan::detail
