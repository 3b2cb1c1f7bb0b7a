#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::report_detail {

/// Text as HTML, for elements and for quoted attributes. Bytes that are no UTF-8 and control characters become U+FFFD.
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_html(std::string_view text);

/// Text for a cell of a Markdown table: one line, nothing that ends the cell.
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_cell(std::string_view text);

/// Text for LaTeX.
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_tex(std::string_view text);

/// Text for a cell of a CSV file, in quotes where it needs them (RFC 4180).
[[nodiscard]] FLASHMOTION_EXPORT std::string escape_csv(std::string_view text);

/// Whole tables of cells that are escaped here: a `tabular` with rules of the package booktabs, and CSV.
[[nodiscard]] FLASHMOTION_EXPORT std::string tex_table(const std::vector<std::string>& head,
                                                       const std::vector<std::vector<std::string>>& rows);
[[nodiscard]] FLASHMOTION_EXPORT std::string csv_table(const std::vector<std::string>& head,
                                                       const std::vector<std::vector<std::string>>& rows);

/// RFC 4648, with padding.
[[nodiscard]] FLASHMOTION_EXPORT std::string base64(std::string_view bytes);

/// `data:TYPE;base64,…`.
[[nodiscard]] FLASHMOTION_EXPORT std::string data_uri(std::string_view type, std::string_view bytes);

/// A PNG picture that scrolls in its own box where it is wider than the page.
[[nodiscard]] FLASHMOTION_EXPORT std::string picture(std::string_view png, const std::string& alt);

/// HTML that a line opens; `summary` is HTML.
[[nodiscard]] FLASHMOTION_EXPORT std::string details(const std::string& summary, const std::string& content);

/// `3 damaged lines of metrics.jsonl were left out.` as a paragraph; empty when there were none.
[[nodiscard]] FLASHMOTION_EXPORT std::string damaged_lines(std::int64_t count, const char* file);

/// A number with so many digits after the point; a dash when it is not finite.
[[nodiscard]] FLASHMOTION_EXPORT std::string figure(double value, int digits);

/// The same with its sign; the minus is U+2212.
[[nodiscard]] FLASHMOTION_EXPORT std::string signed_figure(double value, int digits);

/// `4 min 05 s`, `12.3 s`.
[[nodiscard]] FLASHMOTION_EXPORT std::string duration(double seconds);

}  // namespace flashmotion::report_detail
