#pragma once

#include "flashmotion/base/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// A line of a text that is not empty: its number from 1, and what stands between its commas, without blanks around.
struct TextLine {
  std::int64_t number = 0;
  std::vector<std::string_view> fields{};
};

/// The lines of a text of numbers between commas (or blanks where there is no comma). A byte order mark and carriage
/// returns are passed over. The text outlives them.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<TextLine> number_lines(std::string_view text);

/// A finite number that is all of a field; none for anything else.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<double> finite_number(std::string_view field);

/// The rows of a CSV text: fields may stand in double quotes, with a doubled quote inside, and hold line ends.
struct CsvRow {
  std::int64_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields{};
};
[[nodiscard]] FLASHMOTION_EXPORT std::vector<CsvRow> csv_rows(std::string_view text, const std::string& name);

}  // namespace flashmotion
