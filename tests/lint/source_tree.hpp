#pragma once

// What the lints read: the tree's text files, and single findings about them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lint {

/// One text file of the repository.
struct SourceFile {
  std::string path;  // from the root, with '/'
  std::vector<std::string> lines;
};

/// One broken rule: "path:line: what".
using Findings = std::vector<std::string>;

inline bool starts_with_any(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

inline std::string extension(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(name.substr(dot));
}

inline bool is_header(std::string_view path) {
  const std::string end = extension(path);
  return end == ".hpp" || end == ".h" || end == ".ipp" || end == ".cuh";
}

inline bool is_source(std::string_view path) {
  const std::string end = extension(path);
  return is_header(path) || end == ".cpp" || end == ".cu";
}

/// Top-level folder, or the folder below flashmotion/: "core" for "flashmotion/core/any/any_codec.hpp",
/// "plugins" for "plugins/template/plugin.cpp". A file directly in flashmotion/ gives "flashmotion".
inline std::string area(std::string_view path) {
  const auto first = path.find('/');
  if (first == std::string_view::npos) return {};
  const std::string_view top = path.substr(0, first);
  if (top != "flashmotion") return std::string(top);
  const auto second = path.find('/', first + 1);
  return std::string(second == std::string_view::npos ? top : path.substr(first + 1, second - first - 1));
}

inline SourceFile made_up(std::string path, const std::string& text) {
  SourceFile file{std::move(path), {}};
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    file.lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return file;
}

/// The hand-written text of the repository: what was built, what runs left and binary files are not in it.
inline std::vector<SourceFile> read_tree(const std::filesystem::path& root) {
  static const std::set<std::string> kText = {".hpp", ".h",    ".ipp", ".cuh", ".cpp", ".cu", ".cmake", ".txt",
                                              ".md",  ".toml", ".sh",  ".py",  ".cff", ".in", ".json",  ".yml"};
  static const std::vector<std::string_view> kTops = {"flashmotion/", "plugins/", "tests/",       "examples/",
                                                      "recipes/",     "scripts/", "experiments/", "benchmarks/",
                                                      "docs/",        "cmake/",   ".ci/"};
  std::vector<SourceFile> files;
  const auto add = [&](const std::filesystem::path& file) {
    const std::string path = file.lexically_relative(root).generic_string();
    const bool made = path.starts_with("experiments/") &&
                      (path.find("/build/") != std::string::npos || path.find("/runs/") != std::string::npos);
    if (made) return;
    const bool script = path.starts_with("scripts/") || path.starts_with(".ci/");
    if (!script && !kText.contains(extension(path))) return;
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (text.find('\0') == std::string::npos) files.push_back(made_up(path, text));
  };
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_regular_file()) add(entry.path());
  }
  for (const std::string_view top : kTops) {
    if (!std::filesystem::is_directory(root / top)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      if (entry.is_regular_file()) add(entry.path());
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

inline std::string at(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line + 1) + ": ";
}

inline void append(Findings& to, Findings from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

inline std::string joined(const Findings& findings) {
  std::string text;
  for (const std::string& finding : findings) text += finding + "\n";
  return text;
}

}  // namespace lint
