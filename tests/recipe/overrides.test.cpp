#include "flashmotion/recipe/overrides.hpp"

#include "flashmotion/recipe/reader.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "tests/recipe/sample.hpp"
#include "tests/support/catch.hpp"

namespace overrides_test {

using flashmotion::Diagnostics;
using flashmotion::read_config;
using flashmotion::TomlDocument;
using recipe_sample::Recipe;

constexpr const char* kRecipe =
    "[distil]\nsteps = 4\n[[stage]]\nname = 'slow'\n[[stage]]\nname = 'hybrid'\n"
    "[[stage.objective]]\nname = 'gan'\nuse = 'softplus'\nweight = 1.0\n";

struct Result {
  Recipe recipe;
  std::string messages;
};

Result read_with(const std::vector<std::string>& settings) {
  auto document = TomlDocument::from_text(kRecipe, "r.toml");
  Diagnostics diagnostics;
  diagnostics.add_source(document.file(), document.text());
  flashmotion::apply_overrides(document.root(), settings, diagnostics);
  Result result{read_config<Recipe>(document.root(), diagnostics), {}};
  result.messages = diagnostics.text();
  return result;
}

std::string first_line(const std::string& setting) {
  const std::string all = read_with({setting}).messages;
  return all.substr(0, all.find('\n'));
}

TEST_CASE("dots go into tables and names into arrays of tables", "[recipe][unit]") {
  const Result result = read_with({"distil.steps=9", "stage.hybrid.objective.gan.weight=0.5", "stage.slow.ema=false",
                                   "stage.slow.size=[2, 3, 4]", "distil.steps=10", "data.use=clip_folder",
                                   "stage.slow.distil.precision=bfloat16"});
  CHECK(result.messages.empty());
  CHECK(result.recipe.distil.steps == 10);
  REQUIRE(result.recipe.stage.size() == 2);
  CHECK_FALSE(result.recipe.stage[0].ema);
  CHECK(result.recipe.stage[0].size[2] == 4);
  CHECK(result.recipe.stage[0].distil.precision == recipe_sample::Precision::bfloat16);
  CHECK(result.recipe.stage[1].ema);
  CHECK(result.recipe.stage[1].objective.at(0).weight.number == 0.5);
  CHECK(result.recipe.data.use == "clip_folder");
}

TEST_CASE("values are TOML, other text is a string", "[recipe][unit]") {
  CHECK(read_with({"data.use=/a folder/x=1.toml"}).recipe.data.use == "/a folder/x=1.toml");
  CHECK(read_with({"data.use=\"12\""}).recipe.data.use == "12");
  CHECK(read_with({"stage.hybrid.objective.gan.weight={use = \"inverse\", a = 1}"})
            .recipe.stage.at(1)
            .objective.at(0)
            .weight.component.use == "inverse");
}

TEST_CASE("mistakes carry the number of the option", "[recipe][message]") {
  CHECK(read_with({"distil.steps=5", "distil.steps=1e-4"}).messages ==
        "command line, --set 2: error: 'steps' must be an integer, found number 0.0001\n"
        "      | distil.steps=1e-4\n      |              ^~~~\n1 error, nothing was started");
  CHECK(first_line("distil.stepz=4") ==
        "command line, --set 1: error: unknown key 'stepz' in [distil]; did you mean 'steps'?");
  CHECK(first_line("distill.steps=4") ==
        "command line, --set 1: error: unknown table 'distill' at the top level; did you mean 'distil'?");
  CHECK(first_line("stage.hybird.ema=true") ==
        "command line, --set 1: error: no entry named 'hybird' in [[stage]]; did you mean 'hybrid'?");
  CHECK(first_line("stage.xyz.ema=true") ==
        "command line, --set 1: error: no entry named 'xyz' in [[stage]]; names: 'slow', 'hybrid'");
  CHECK(first_line("stage.hybrid=3") ==
        "command line, --set 1: error: 'hybrid' names a whole entry; add a dot and the key to set");
  CHECK(first_line("distil.steps.x=3") ==
        "command line, --set 1: error: 'distil.steps' is integer 4, so it has no key 'x'");
  CHECK(first_line("distil.steps") == "command line, --set 1: error: an option --set is written PATH=VALUE");
  CHECK(first_line("distil.steps=") ==
        "command line, --set 1: error: a value is missing behind '='; an empty string is written \"\"");
  CHECK(first_line("distil..steps=1") ==
        "command line, --set 1: error: a path is names with dots between them, such as 'run.seed'");
  CHECK(first_line("=1").find("a path is names") != std::string::npos);
  CHECK(first_line("'distil.steps=1").find("a quote in the path has no end") != std::string::npos);
  CHECK(first_line("data.use=\"open").find("the value is not valid TOML") != std::string::npos);
  CHECK(first_line("distil.steps=1\n[other]").find("the value is not valid TOML") != std::string::npos);
}

TEST_CASE("entries, tables and keys can be dropped", "[recipe][unit]") {
  const Result result =
      read_with({"drop stage.hybrid.objective.gan", "drop stage.slow", "distil.steps=7", "drop distil"});
  CHECK(result.messages.empty());
  REQUIRE(result.recipe.stage.size() == 1);
  CHECK(result.recipe.stage[0].name == "hybrid");
  CHECK(result.recipe.stage[0].objective.empty());
  CHECK(result.recipe.distil.steps == Recipe{}.distil.steps);
}

TEST_CASE("what is not there cannot be dropped", "[recipe][message]") {
  CHECK(first_line("drop stage.hybird") ==
        "command line, --drop 1: error: no entry named 'hybird' in [[stage]]; did you mean 'hybrid'?");
  CHECK(first_line("drop distil.speed") == "command line, --drop 1: error: there is no 'distil.speed' to drop");
  CHECK(first_line("drop nothing.at.all") == "command line, --drop 1: error: there is no 'nothing.at.all' to drop");
}

}  // namespace overrides_test
