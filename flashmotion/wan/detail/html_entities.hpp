#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion::wan::detail {

/// A named character reference of HTML.
struct HtmlEntity {
  std::u32string text;        // one or two code points
  bool bare_allowed = false;  // also recognised without a semicolon
};

/// The entity of a name (without ampersand and semicolon), case and all.
[[nodiscard]] std::optional<HtmlEntity> find_html_entity(std::string_view name);

/// What a browser shows for a text with character references: named ones with a semicolon, the old names without one
/// too (then the longest that fits), numeric ones with the standard's replacements for numbers that are no characters.
[[nodiscard]] std::u32string unescape_html(std::u32string_view text);

/// The careful form for text that may be plain: only references that end in a semicolon, also names written all in
/// capitals whose lower-case form is known (`&EACUTE;`).
[[nodiscard]] std::u32string unescape_html_carefully(std::u32string_view text);

/// The names, sorted, each followed by `;` or `,` (may stand bare) and its code points in hexadecimal.
[[nodiscard]] std::string_view html_entity_table();

}  // namespace flashmotion::wan::detail
