#include "tests/lint/snippet_rules.hpp"
#include "tests/lint/source_tree.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

TEST_CASE("code in the documentation is cut from sources", "[lint][unit]") {
  const auto tree = lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR);
  lint::Findings findings;
  std::size_t blocks = 0;
  for (const lint::SourceFile& file : tree) {
    lint::append(findings, lint::check_snippets(file, tree));
    if (lint::extension(file.path) == ".md") {
      blocks += static_cast<std::size_t>(std::count(file.lines.begin(), file.lines.end(), "```cpp"));
    }
  }
  INFO(lint::joined(findings));
  CHECK(findings.empty());
  CHECK(blocks > 10);
}

TEST_CASE("code that was not cut from a source is found", "[lint][unit]") {
  const std::vector<lint::SourceFile> tree = {lint::made_up("a.hpp", "struct A {\n  int x;\n  int y;\n};\n")};
  const auto check = [&](const std::string& text) {
    return lint::check_snippets(lint::made_up("a.md", text), tree).size();
  };
  CHECK(check("<!-- cut from a.hpp -->\n```cpp\nint x;\nint y;\n```\n") == 0);
  CHECK(check("<!-- cut from a.hpp -->\n```cpp\nint y;\nint x;\n```\n") == 1);
  CHECK(check("<!-- cut from a.hpp -->\n```cpp\nint z;\n```\n") == 1);
  CHECK(check("<!-- cut from b.hpp -->\n```cpp\nint x;\n```\n") == 1);
  CHECK(check("text\n```cpp\nint x;\n```\n") == 1);
  CHECK(check("text\n```\nint x;\n```\n") == 0);
}
