#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/lint/source_tree.hpp"
#include "tests/support/catch.hpp"

namespace format_test {

struct Outcome {
  std::string text;
  bool good = false;
};

/// Runs a shell command; its output, and whether it ended with 0.
Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) outcome.text += buffer.data();
  outcome.good = pclose(pipe) == 0;
  return outcome;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// Versions lay out code differently; the tree is laid out by Debian 12's.
constexpr const char* kVersion = "version 14.";

bool available() { return run("clang-format --version").text.find(kVersion) != std::string::npos; }

}  // namespace format_test

TEST_CASE("the sources are laid out by clang-format", "[lint][unit]") {
  if (!format_test::available()) {
    FLASHMOTION_SKIP("clang-format 14 was not found");
  }
  const std::filesystem::path root = FLASHMOTION_TEST_SOURCE_DIR;
  std::string command = "cd " + format_test::quoted(root.string()) + " && clang-format --dry-run -Werror";
  for (const lint::SourceFile& file : lint::read_tree(root)) {
    if (lint::is_source(file.path) && lint::extension(file.path) != ".cu")
      command += " " + format_test::quoted(file.path);
  }
  const format_test::Outcome outcome = format_test::run(command);
  INFO(outcome.text.substr(0, 4000));
  CHECK(outcome.good);
}

TEST_CASE("a source that is not laid out by clang-format is found", "[lint][unit]") {
  if (!format_test::available()) {
    FLASHMOTION_SKIP("clang-format 14 was not found");
  }
  const std::filesystem::path folder = std::filesystem::path(FLASHMOTION_TEST_BINARY_DIR) / "lint";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "bad.cpp") << "int   f( ){return 1 ;}\n";
  const std::string style = std::string(FLASHMOTION_TEST_SOURCE_DIR) + "/.clang-format";
  CHECK_FALSE(format_test::run("clang-format --dry-run -Werror --style=file:" + format_test::quoted(style) + " " +
                               format_test::quoted((folder / "bad.cpp").string()))
                  .good);
}
