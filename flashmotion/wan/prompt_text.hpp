#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>

namespace flashmotion::wan {

/// A prompt as the released Wan pipelines clean it before tokenising ("whitespace" mode): broken text mended by
/// `mend_text`, character references of HTML resolved twice, white space at the ends removed and every run of it inside
/// made one blank. Throws InputError when the text is not UTF-8 or holds a NUL byte.
[[nodiscard]] FLASHMOTION_EXPORT std::string clean_prompt(std::string_view prompt);

/// What ftfy's `fix_text` does by default to text as people write and copy it, line by line until nothing changes:
/// character references with a semicolon resolved (from the first line with a `<` on, they are left alone); UTF-8 that
/// was read as Windows-1252 or Latin-1 put right, also when that happened several times or to a part of the line only;
/// Latin ligatures, full-width and half-width forms, curly quotes, line breaks made plain; terminal colours and control
/// characters removed; NFC.
///
/// It differs on purpose: whether text is garbled is judged by rules of our own, and only Windows-1252 and Latin-1 are
/// considered, not the code pages of other regions, MacRoman and DOS; two halves of a character of UTF-16 that were
/// written as UTF-8 each are invalid UTF-8 and not text. Throws InputError as `clean_prompt`.
[[nodiscard]] FLASHMOTION_EXPORT std::string mend_text(std::string_view text);

/// Throws InputError when a prompt is not UTF-8 or holds a NUL byte, and names the byte's place.
FLASHMOTION_EXPORT void check_prompt_bytes(std::string_view prompt);

}  // namespace flashmotion::wan
