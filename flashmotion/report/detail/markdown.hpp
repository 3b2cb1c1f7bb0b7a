#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace flashmotion::report_detail {

using MarkdownRow = std::vector<std::string>;

/// A Markdown table with its columns aligned; all but the first `left` columns to the right.
[[nodiscard]] std::string markdown(const MarkdownRow& head, const std::vector<MarkdownRow>& rows, std::size_t left);

}  // namespace flashmotion::report_detail
