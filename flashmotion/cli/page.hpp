#pragma once

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace flashmotion::cli {

/// Puts a page between the markers of a Markdown file, which are named after what printed it: `flashmotion schema`.
/// Throws InputError when the file lacks them.
inline void renew_page(const std::string& file, std::string_view name, const std::string& page) {
  const std::string begin_mark = fmt::format("<!-- {} -->", name);
  const std::string end_mark = fmt::format("<!-- end of {} -->", name);
  std::string text = read_file(file);
  const std::size_t begin = text.find(begin_mark + "\n");
  const std::size_t end = text.find(end_mark + "\n");
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw InputError(fmt::format("'{}' lacks the markers: lines '{}' and '{}'", file, begin_mark, end_mark));
  }
  const std::size_t inside = begin + begin_mark.size() + 1;
  text.replace(inside, end - inside, "\n" + page + "\n");
  write_file_atomically(file, text);
}

}  // namespace flashmotion::cli
