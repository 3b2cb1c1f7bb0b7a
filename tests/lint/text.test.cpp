#include "tests/lint/source_tree.hpp"
#include "tests/lint/text_rules.hpp"
#include "tests/support/catch.hpp"

namespace text_test {

template <class Rule>
lint::Findings over_tree(Rule rule) {
  lint::Findings findings;
  for (const lint::SourceFile& file : lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR)) lint::append(findings, rule(file));
  return findings;
}

lint::Findings leftovers(const std::string& line) {
  return lint::check_leftovers(lint::made_up("flashmotion/core/a.cpp", line + "\n"));
}

}  // namespace text_test

TEST_CASE("no source is above the size limit", "[lint][unit]") {
  const lint::Findings findings = text_test::over_tree(lint::check_size);
  INFO(lint::joined(findings));
  CHECK(findings.empty());
  const lint::Findings headers = text_test::over_tree(lint::long_headers);
  if (!headers.empty()) WARN(lint::joined(headers));
}

TEST_CASE("a source above the size limit is found", "[lint][unit]") {
  std::string text;
  for (std::size_t i = 0; i < lint::kHardLimit; ++i) text += "x\n";
  CHECK(lint::check_size(lint::made_up("flashmotion/core/a.cpp", text)).empty());
  CHECK(lint::check_size(lint::made_up("flashmotion/core/a.cpp", text + "x\n")).size() == 1);
  CHECK(lint::long_headers(lint::made_up("flashmotion/core/a.hpp", text)).size() == 1);
}

TEST_CASE("nothing of one machine or one moment is left in the tree", "[lint][unit]") {
  const lint::Findings findings = text_test::over_tree(lint::check_leftovers);
  INFO(lint::joined(findings));
  CHECK(findings.empty());
}

TEST_CASE("leftovers are found", "[lint][unit]") {
  using text_test::leftovers;
  CHECK(leftovers("auto path = \"/home/me/clip.mp4\";").size() == 1);
  CHECK(leftovers("// see ~/work/notes and build/work/x").empty());
  CHECK(leftovers("// TODO: later").size() == 1);
  CHECK(leftovers("int TODOS = 1;").empty());
  CHECK(leftovers("int x = 1; ").size() == 1);
  CHECK(leftovers("\tint x = 1;").size() == 1);
  CHECK(leftovers("<<<<<<< HEAD").size() == 1);
  CHECK(leftovers("using namespace std;").size() == 1);
  CHECK(leftovers("namespace a_test {\nusing namespace sample;\n}  // namespace a_test").empty());
  CHECK(leftovers("namespace a_test {\n}  // namespace a_test\nusing namespace sample;").size() == 1);
}

TEST_CASE("each header guards itself", "[lint][unit]") {
  const lint::Findings findings = text_test::over_tree(lint::check_pragma_once);
  INFO(lint::joined(findings));
  CHECK(findings.empty());
  CHECK(lint::check_pragma_once(lint::made_up("flashmotion/core/a.hpp", "#ifndef A\n#define A\n#endif\n")).size() == 1);
}

TEST_CASE("each test file stands where its subject does", "[lint][unit]") {
  const auto tree = lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR);
  const lint::Findings findings = lint::check_mirror(tree);
  INFO(lint::joined(findings));
  CHECK(findings.empty());
}

TEST_CASE("a test file without a subject is found", "[lint][unit]") {
  const auto file = [](const char* path) { return lint::made_up(path, "\n"); };
  CHECK(lint::check_mirror({file("flashmotion/core/rng.hpp"), file("tests/core/rng.test.cpp")}).empty());
  CHECK(lint::check_mirror({file("flashmotion/core/rng.hpp"), file("tests/core/rng_streams.test.cpp")}).empty());
  CHECK(
      lint::check_mirror({file("flashmotion/core/any/any_codec.hpp"), file("tests/core/any_codec.test.cpp")}).empty());
  CHECK(lint::check_mirror({file("flashmotion/core/rng.hpp"), file("tests/core/dice.test.cpp")}).size() == 1);
  CHECK(lint::check_mirror({file("flashmotion/core/rng.hpp"), file("tests/io/rng.test.cpp")}).size() == 1);
}

TEST_CASE("each public header is included by a test", "[lint][unit]") {
  const lint::Findings findings = lint::untested_headers(lint::read_tree(FLASHMOTION_TEST_SOURCE_DIR));
  if (!findings.empty()) WARN(lint::joined(findings));
  const auto header = lint::made_up("flashmotion/core/a.hpp", "#pragma once\n");
  CHECK(lint::untested_headers({header}).size() == 1);
  const auto test = lint::made_up("tests/core/a.test.cpp", "#include \"flashmotion/core/a.hpp\"\n");
  CHECK(lint::untested_headers({header, test}).empty());
}
