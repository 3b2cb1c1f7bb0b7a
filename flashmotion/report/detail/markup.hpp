#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>

namespace flashmotion::report_detail {

/// Text as HTML, for elements and for quoted attributes. Bytes that are no UTF-8 and control characters become U+FFFD.
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_html(std::string_view text);

/// Text for a cell of a Markdown table: one line, nothing that ends the cell.
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_cell(std::string_view text);

/// RFC 4648, with padding.
[[nodiscard]] FLASHMOTION_EXPORT std::string base64(std::string_view bytes);

/// `data:TYPE;base64,…`.
[[nodiscard]] FLASHMOTION_EXPORT std::string data_uri(std::string_view type, std::string_view bytes);

/// A number with so many digits after the point; a dash when it is not finite.
[[nodiscard]] FLASHMOTION_EXPORT std::string figure(double value, int digits);

/// The same with its sign; the minus is U+2212.
[[nodiscard]] FLASHMOTION_EXPORT std::string signed_figure(double value, int digits);

/// `4 min 05 s`, `12.3 s`.
[[nodiscard]] FLASHMOTION_EXPORT std::string duration(double seconds);

}  // namespace flashmotion::report_detail
