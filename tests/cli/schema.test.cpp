#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/json_value.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace schema_command_test {

const std::filesystem::path kSource = FLASHMOTION_TEST_SOURCE_DIR;

TEST_CASE("docs/recipes.md ends with what the program prints of recipes", "[cli]") {
  const TempFolder temp;
  const std::string page = flashmotion::read_file((kSource / "docs/recipes.md").string());
  std::ofstream(temp / "recipes.md") << page;
  const auto outcome = program::run({"schema", "--into", "recipes.md"}, temp / "");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  INFO("docs/recipes.md is stale; renew it: build/bin/flashmotion schema --into docs/recipes.md");
  CHECK((flashmotion::read_file((temp / "recipes.md").string()) == page));
}

TEST_CASE("the schema command knows the plugins that come with the program", "[cli]") {
  const TempFolder temp;
  const auto outcome = program::run({"schema", "--json"}, temp / "");
  REQUIRE(outcome.code == 0);
  const auto schema = flashmotion::JsonValue::parse(outcome.out, "schema");
  const auto adapters = schema.at("properties").at("adapter").at("anyOf").elements();
  REQUIRE(adapters.size() == 5);  // three that are shipped, any other, and one that is inherited
  CHECK(adapters[0].at("properties").at("use").at("const").text() == "controlnet");
  CHECK(adapters[0].at("properties").at("stride").at("default").whole() == 1);
  CHECK(adapters[0].at("properties").at("stride").at("type").text() == "integer");
}

TEST_CASE("a file without markers is left alone", "[cli][message]") {
  const TempFolder temp;
  std::ofstream(temp / "page.md") << "text\n";
  const auto outcome = program::run({"schema", "--into", "page.md"}, temp / "");
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("'page.md' lacks the markers") != std::string::npos);
  CHECK(flashmotion::read_file((temp / "page.md").string()) == "text\n");
}

TEST_CASE("the plan says what a recipe would take, in words and for machines", "[cli]") {
  const TempFolder temp;
  const auto words = program::run({"plan", program::recipe("toy/smoke.toml")}, temp / "");
  CHECK(words.code == 0);
  CHECK(words.out.find("192 tokens a clip") != std::string::npos);
  CHECK(words.out.find("generator: 143328 parameters, trained") != std::string::npos);
  std::filesystem::create_directories(temp / "run/stages/pretrain");
  std::ofstream(temp / "run/stages/pretrain/done.json") << R"({"steps": 10, "seconds": 20})";
  const auto machine =
      program::run({"plan", program::recipe("toy/smoke.toml"), "--json", "--timings", "run"}, temp / "");
  REQUIRE(machine.code == 0);
  const auto plan = flashmotion::JsonValue::parse(machine.out, "plan");
  const auto stages = plan.at("stages").elements();
  REQUIRE(stages.size() == 6);  // two variants train one of their own
  CHECK(stages[0].at("seconds").number() == Approx(6.0));
  CHECK_FALSE(stages[1].find("seconds"));
  const auto wrong = program::run({"plan", program::recipe("toy/smoke.toml"), "--timings", "none"}, temp / "");
  CHECK(wrong.code == 2);
}

}  // namespace schema_command_test
