#include "flashmotion/bench/file_identity.hpp"

#include "flashmotion/base/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {

void add_file_lines(const std::filesystem::path& path, std::vector<std::string>& lines) {
  namespace fs = std::filesystem;
  std::error_code code;
  std::vector<fs::path> files;
  if (fs::is_directory(path, code)) {
    fs::recursive_directory_iterator at(path, code);
    for (; at != fs::recursive_directory_iterator() && !code; at.increment(code)) {
      if (at->path().filename().string().starts_with('.')) {
        at.disable_recursion_pending();
      } else if (std::error_code none; at->is_regular_file(none)) {
        files.push_back(at->path());
      }
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  for (const fs::path& file : files) {
    const auto size = fs::file_size(file, code);
    if (code) continue;
    lines.push_back(fmt::format("{} {} {}", fs::absolute(file, code).lexically_normal().string(), size,
                                fs::last_write_time(file, code).time_since_epoch().count()));
  }
}

std::string files_identity(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  add_file_lines(path, lines);
  Sha256 digest;
  for (const std::string& line : lines) digest.update(line + "\n");
  return digest.hex();
}

}  // namespace flashmotion
