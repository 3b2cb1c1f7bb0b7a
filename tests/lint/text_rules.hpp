#pragma once

// Rules about text: sizes, leftovers, and that a test file stands where its subject does.
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lint/include_rules.hpp"
#include "tests/lint/source_tree.hpp"

namespace lint {

inline constexpr std::size_t kHardLimit = 600;    // lines of a hand-written source
inline constexpr std::size_t kHeaderLimit = 300;  // a header above this should be split

/// Files above the hard limit.
inline Findings check_size(const SourceFile& file) {
  const bool counted = is_source(file.path) || extension(file.path) == ".cmake" || file.path.starts_with("scripts/");
  if (!counted || file.lines.size() <= kHardLimit) return {};
  return {file.path + ": " + std::to_string(file.lines.size()) + " lines; split it (at most " +
          std::to_string(kHardLimit) + ")"};
}

/// Headers that should be split.
inline Findings long_headers(const SourceFile& file) {
  if (!is_header(file.path) || file.lines.size() <= kHeaderLimit) return {};
  return {file.path + ": " + std::to_string(file.lines.size()) + " lines; consider splitting it"};
}

/// Whether `word` stands in `line` as a word of its own.
inline bool has_word(std::string_view line, std::string_view word) {
  const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const bool before = at > 0 && letter(line[at - 1]);
    const std::size_t end = at + word.size();
    const bool after = end < line.size() && letter(line[end]);
    if (!before && !after) return true;
  }
  return false;
}

/// What belongs to one machine or one moment and not into a repository.
inline Findings check_leftovers(const SourceFile& file) {
  if (file.path.starts_with("tests/lint/") || file.path == "LICENSE") return {};
  // Folders of one machine. "$HOME", "~" and "/usr" are everybody's.
  static const std::vector<std::string_view> kPaths = {"/home/", "/root/", "/work/", "/mnt/", "/Users/", "/tmp/"};
  static const std::vector<std::string_view> kWords = {
      "TODO",    "FIXME",        "XXX",       "HACK",       "for now",        "<<<<<<<",
      ">>>>>>>", "this session", "the brief", "scratchpad", "helper engineer"};
  Findings findings;
  int depth = 0;  // of namespaces
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    for (const std::string_view path : kPaths) {
      // A path begins where no other path goes on: "a/work/b" is none of ours.
      const auto found = line.find(path);
      if (found == std::string::npos) continue;
      const char before = found == 0 ? ' ' : line[found - 1];
      const bool inside = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                          std::string_view("_.})-~").find(before) != std::string_view::npos;
      if (!inside) findings.push_back(at(file, i) + "names a folder of one machine, '" + std::string(path) + "'");
    }
    for (const std::string_view word : kWords) {
      if (has_word(line, word)) findings.push_back(at(file, i) + "leftover '" + std::string(word) + "'");
    }
    if (line.ends_with('\r')) findings.push_back(at(file, i) + "carriage return at the end");
    if (is_source(file.path)) {
      if (line.ends_with(' ') || line.ends_with('\t')) findings.push_back(at(file, i) + "blank at the end");
      if (line.find('\t') != std::string::npos) findings.push_back(at(file, i) + "tabulator");
      if (line.starts_with("namespace ") && line.ends_with('{')) ++depth;
      if (line.starts_with("}  // namespace")) --depth;
      const bool at_file_scope = depth == 0 && line.starts_with("using namespace ");
      if (at_file_scope) findings.push_back(at(file, i) + "'using namespace' at file scope breaks unity builds");
    }
  }
  return findings;
}

/// Headers guard themselves in the project's way.
inline Findings check_pragma_once(const SourceFile& file) {
  if (!is_header(file.path) || extension(file.path) == ".ipp") return {};
  for (const std::string& line : file.lines) {
    if (line == "#pragma once") return {};
  }
  return {file.path + ":1: no '#pragma once'"};
}

/// Each test file of a layer's folder is named after a source of that folder: tests/x/y.test.cpp tests
/// flashmotion/x/y.hpp or .cpp, or one below, and `y_aspect.test.cpp` is one aspect of it.
inline Findings check_mirror(const std::vector<SourceFile>& tree) {
  std::set<std::string> subjects;  // "folder/stem"
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with("flashmotion/") || !is_source(file.path)) continue;
    std::string stem = file.path.substr(file.path.rfind('/') + 1);
    subjects.insert(area(file.path) + "/" + stem.substr(0, stem.find('.')));
  }
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with("tests/") || !file.path.ends_with(".test.cpp")) continue;
    const std::string inner = file.path.substr(6, file.path.size() - 6 - std::string_view(".test.cpp").size());
    const auto slash = inner.find('/');
    if (slash == std::string::npos || !layers().contains(inner.substr(0, slash))) continue;
    bool found = subjects.contains(inner.substr(0, slash) + "/" + inner.substr(inner.rfind('/') + 1));
    for (auto cut = inner.rfind('_'); !found && cut != std::string::npos && cut > slash;
         cut = inner.rfind('_', cut - 1)) {
      found = subjects.contains(inner.substr(0, cut));
    }
    if (!found)
      findings.push_back(file.path + ": no source flashmotion/" + inner + ".{hpp,cpp} that it could be the test of");
  }
  return findings;
}

/// Public headers that no test includes, directly or through another public header of the same folder.
inline Findings untested_headers(const std::vector<SourceFile>& tree) {
  std::set<std::string> included;
  for (const SourceFile& file : tree) {
    if (!is_test(file.path) && !file.path.starts_with("examples/")) continue;
    for (const std::string& line : file.lines) {
      if (const auto include = include_on(line)) included.insert(include->path);
    }
  }
  Findings findings;
  for (const SourceFile& file : tree) {
    const bool public_header = file.path.starts_with("flashmotion/") && is_header(file.path) &&
                               file.path.find("/detail/") == std::string::npos && area(file.path) != "cli";
    if (public_header && !included.contains(file.path)) findings.push_back(file.path + ": no test includes it");
  }
  return findings;
}

}  // namespace lint
