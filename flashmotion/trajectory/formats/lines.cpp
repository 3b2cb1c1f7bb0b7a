#include "flashmotion/trajectory/formats/lines.hpp"

#include "flashmotion/base/error.hpp"

#include <charconv>
#include <cmath>

namespace flashmotion {
namespace lines_detail {

constexpr std::string_view kMark = "\xef\xbb\xbf";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace lines_detail

std::vector<TextLine> number_lines(std::string_view text) {
  using namespace lines_detail;
  text = without_mark(text);
  std::vector<TextLine> lines;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) continue;
    const bool commas = line.find(',') != std::string_view::npos;
    TextLine result{number, {}};
    while (true) {
      const std::size_t cut = commas ? line.find(',') : line.find_first_of(" \t");
      result.fields.push_back(trimmed(line.substr(0, cut)));
      if (cut == std::string_view::npos) break;
      line = commas ? line.substr(cut + 1) : trimmed(line.substr(cut + 1));
    }
    lines.push_back(std::move(result));
  }
  return lines;
}

std::optional<double> finite_number(std::string_view field) {
  if (field.starts_with('+')) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<CsvRow> csv_rows(std::string_view text, const std::string& name) {
  text = lines_detail::without_mark(text);
  std::vector<CsvRow> rows;
  std::int64_t line = 1;
  std::size_t at = 0;
  while (at < text.size()) {
    CsvRow row{line, {}};
    bool more = true;
    while (more) {
      std::string field;
      if (at < text.size() && text[at] == '"') {
        const std::int64_t begin = line;
        ++at;
        while (true) {
          if (at == text.size()) {
            throw InputError("a quotation mark is not closed", SourceLocation{name, begin, 0});
          }
          if (text[at] == '"' && at + 1 < text.size() && text[at + 1] == '"') {
            ++at;
          } else if (text[at] == '"') {
            ++at;
            break;
          }
          if (text[at] == '\n') ++line;
          field += text[at++];
        }
      }
      while (at < text.size() && text[at] != ',' && text[at] != '\n') field += text[at++];
      more = at < text.size() && text[at] == ',';
      if (at < text.size()) ++at;
      row.fields.emplace_back(lines_detail::trimmed(field));
    }
    ++line;
    if (row.fields.size() > 1 || !row.fields[0].empty()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace flashmotion
