#include "flashmotion/report/detail/markdown.hpp"

#include "flashmotion/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace flashmotion::report_detail {
namespace markdown_detail {

// Characters, as a terminal shows them.
std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
    ++width;
  }
  return width;
}

}  // namespace markdown_detail

std::string markdown(const MarkdownRow& head, const std::vector<MarkdownRow>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < head.size(); ++c) {
    std::size_t width = std::max<std::size_t>(3, markdown_detail::text_width(head[c]));
    for (const MarkdownRow& row : rows) width = std::max(width, markdown_detail::text_width(row[c]));
    widths.push_back(width);
  }
  std::string text;
  const auto line = [&](const MarkdownRow& row) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - markdown_detail::text_width(row[c]), ' ');
      text += c < left ? fmt::format("| {}{} ", row[c], pad) : fmt::format("| {}{} ", pad, row[c]);
    }
    text += "|\n";
  };
  line(head);
  for (std::size_t c = 0; c < head.size(); ++c) {
    text += fmt::format("| {}{} ", std::string(widths[c] - 1, '-'), c < left ? '-' : ':');
  }
  text += "|\n";
  for (const MarkdownRow& row : rows) line(row);
  return text;
}

}  // namespace flashmotion::report_detail
