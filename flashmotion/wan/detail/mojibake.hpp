#pragma once

#include <string>
#include <string_view>

namespace flashmotion::wan::detail {

/// Puts right a line of UTF-8 that was read as Windows-1252 or Latin-1 (`cafÃ©`), as often as it was done. A garbled
/// character is a lead byte's letter with its continuation bytes' characters, which together are valid UTF-8; that
/// alone occurs in honest text too (`É…`), so a run of them counts only when one of them is improbable: a control
/// character, a sign after a letter (`Ã©`, `â€`), a quote within a word (`Å“u`), several garbled characters in a row.
/// When nothing but garbled characters lies outside of ASCII, one improbable run is enough for all. A byte that was
/// lost on the way (U+FFFD) makes the whole character U+FFFD, and a no-break space that became a blank is taken for
/// what it was. What is left of control characters U+0080 to U+009F becomes Windows-1252's characters.
[[nodiscard]] std::u32string undo_mojibake(std::u32string_view line);

}  // namespace flashmotion::wan::detail
