#include "flashmotion/recipe/diagnostics.hpp"

#include "tests/support/catch.hpp"

namespace diagnostics_test {

using flashmotion::Diagnostics;
using flashmotion::SourceRegion;

SourceRegion at(const char* file, std::int64_t line, std::int64_t column, std::int64_t length = 1) {
  return {{file, line, column}, length};
}

TEST_CASE("mistakes come by file, line and column, with notes", "[recipe][message]") {
  Diagnostics diagnostics;
  diagnostics.add_source("a.toml", "one\ntwo = 2\r\n");
  diagnostics.add_source("command line, --set 1", "x.y=3");
  diagnostics.error({}, "nowhere");
  diagnostics.error(at("command line, --set 1", 0, 5), "no y");
  diagnostics.error(at("a.toml", 2, 7), "later in the line", "the limit is 1");
  diagnostics.error(at("a.toml", 2, 1, 3), "two lines\n    of text");
  diagnostics.error(at("other.toml", 1, 1), "no text of this file");
  diagnostics.error(at("a.toml", 0, 0), "the whole file");
  CHECK(diagnostics.count() == 6);
  CHECK(diagnostics.text() == R"(a.toml: error: the whole file
a.toml:2:1: error: two lines
    of text
    2 | two = 2
      | ^~~
a.toml:2:7: error: later in the line
    2 | two = 2
      |       ^
    note: the limit is 1
command line, --set 1: error: no y
      | x.y=3
      |     ^
error: nowhere
other.toml:1:1: error: no text of this file
6 errors, nothing was started)");
}

TEST_CASE("carets stand below characters, whatever their bytes", "[recipe][message]") {
  Diagnostics diagnostics;
  diagnostics.add_source("a", "\té = 'x'\x01");
  diagnostics.error(at("a", 1, 6, 1000), "m");
  CHECK(diagnostics.text() == "a:1:6: error: m\n    1 | \té = 'x'?\n      | \t    ^~~~\n1 error, nothing was started");
}

TEST_CASE("of a very long line the part around the mark is shown", "[recipe][message]") {
  Diagnostics diagnostics;
  std::string line(2001, 'x');
  line.replace(1000, 1001, 1001, 'z');
  line[1000] = 'y';
  diagnostics.add_source("a", line);
  diagnostics.error(at("a", 1, 1001), "m");
  const std::string x(80, 'x');
  CHECK(diagnostics.text() == "a:1:1001: error: m\n    1 | " + x + "y" + std::string(79, 'z') + "\n      | " +
                                  std::string(80, ' ') + "^\n1 error, nothing was started");
}

TEST_CASE("places beyond the text do no harm, and the list has an end", "[recipe][unit]") {
  Diagnostics diagnostics;
  diagnostics.add_source("a", "x");
  for (int i = 0; i < 150; ++i) diagnostics.error(at("a", 1000 + i, 1000), "m");
  const std::string text = diagnostics.text();
  CHECK(text.find("… and 50 more\n150 errors, nothing was started") != std::string::npos);
}

TEST_CASE("without mistakes nothing is thrown", "[recipe][unit]") {
  const Diagnostics diagnostics;
  CHECK(diagnostics.text().empty());
  diagnostics.throw_if_any();
}

}  // namespace diagnostics_test
