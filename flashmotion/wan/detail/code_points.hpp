#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flashmotion::wan::detail {

/// Valid UTF-8 to code points and back.
[[nodiscard]] std::u32string code_points(std::string_view text);
[[nodiscard]] std::string to_utf8(std::u32string_view text);

/// The character of a byte of Windows-1252; the five bytes without one give the control character of that number, as
/// browsers do.
[[nodiscard]] char32_t windows_1252(unsigned char byte);
/// The byte that a program which mixed up Windows-1252 or Latin-1 with UTF-8 has read as this character.
[[nodiscard]] std::optional<unsigned char> windows_1252_byte(char32_t c);

/// White space as Unicode and Python's `str.isspace` see it.
[[nodiscard]] bool is_space(char32_t c);

/// Canonical composition, and the compatibility form of one character.
[[nodiscard]] std::u32string normalise_nfc(std::u32string_view text);
[[nodiscard]] std::u32string compatible_form(char32_t c);

}  // namespace flashmotion::wan::detail
