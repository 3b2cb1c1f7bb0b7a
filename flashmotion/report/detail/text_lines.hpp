#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace flashmotion::report_detail {

/// Calls `use(line)` for each line that is not blank.
void for_each_line(const std::string& text, auto&& use) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") != std::string::npos) use(line);
  }
}

}  // namespace flashmotion::report_detail
