#pragma once

// Code in the documentation is cut from sources that are compiled: a line `<!-- cut from FILE -->` above each ```cpp
// block says from which.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lint/source_tree.hpp"

namespace lint {

/// Lines without indentation, comments and those that are empty then.
inline std::vector<std::string> code_lines(std::vector<std::string>::const_iterator begin,
                                           std::vector<std::string>::const_iterator end) {
  std::vector<std::string> lines;
  for (; begin != end; ++begin) {
    const std::string_view code = std::string_view(*begin).substr(0, begin->find("//"));
    const auto first = code.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    lines.emplace_back(code.substr(first, code.find_last_not_of(" \t") - first + 1));
  }
  return lines;
}

/// Blocks of C++ in Markdown that say no source, or do not stand there line by line. Indentation and comments do not
/// count.
inline Findings check_snippets(const SourceFile& page, const std::vector<SourceFile>& tree) {
  constexpr std::string_view kOpen = "<!-- cut from ", kClose = " -->";
  Findings findings;
  if (extension(page.path) != ".md") return findings;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    if (page.lines[i] != "```cpp") continue;
    const auto begin = page.lines.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto block = code_lines(begin, std::find(begin, page.lines.end(), "```"));
    const std::string_view marker = i > 0 ? std::string_view(page.lines[i - 1]) : std::string_view();
    if (!marker.starts_with(kOpen) || !marker.ends_with(kClose)) {
      findings.push_back(at(page, i) + "a block of C++ needs a line '<!-- cut from FILE -->' above it");
      continue;
    }
    const std::string source(marker.substr(kOpen.size(), marker.size() - kOpen.size() - kClose.size()));
    const auto file = std::find_if(tree.begin(), tree.end(), [&](const auto& f) { return f.path == source; });
    const auto lines =
        file == tree.end() ? std::vector<std::string>() : code_lines(file->lines.begin(), file->lines.end());
    if (std::search(lines.begin(), lines.end(), block.begin(), block.end()) == lines.end()) {
      findings.push_back(at(page, i) + "these lines do not stand in " + source + " one after the other");
    }
  }
  return findings;
}

}  // namespace lint
