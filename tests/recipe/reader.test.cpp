#include "flashmotion/recipe/reader.hpp"

#include "flashmotion/base/suggest.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "tests/recipe/sample.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

namespace reader_test {

using flashmotion::Diagnostics;
using flashmotion::read_component;
using flashmotion::read_config;
using flashmotion::TomlDocument;
using namespace recipe_sample;

static_assert(flashmotion::ConfigStruct<Recipe>);
static_assert(!flashmotion::ConfigStruct<int>);
struct Component {
  using Config = DistilConfig;
};
static_assert(flashmotion::Configurable<Component>);
static_assert(!flashmotion::Configurable<DistilConfig>);

/// What a user sees for a recipe; empty when it is right.
template <class C = Recipe>
std::string messages(const std::string& text) {
  const auto document = TomlDocument::from_text(text, "r.toml");
  Diagnostics diagnostics;
  diagnostics.add_source(document.file(), document.text());
  (void)read_config<C>(document.root(), diagnostics);
  return diagnostics.text();
}

TEST_CASE("three mistakes come out as the architecture shows them", "[recipe][message]") {
  const std::string text =
      "# a recipe\n[run]\nseed = 1\n\n\n[distil]\nstepz = 4\n\nlearning_rate = \"1e-4\"\n\n\n\n\n"
      "[adapter]\nuse = \"controlnett\"\nwidht = 3\n";
  struct Run {
    std::int64_t seed = 0;
    static void fields(flashmotion::detail::FieldsReader& f, Run& c) { f("seed", c.seed, "seed"); }
    static void fields(flashmotion::detail::AnyVisitor&, Run&) {}
  };
  struct Whole {
    Run run;
    DistilConfig distil;
    flashmotion::ComponentNode adapter;
    static void fields(flashmotion::detail::FieldsReader& f, Whole& c) {
      f("run", c.run, "run");
      f("distil", c.distil, "distil");
      f("adapter", c.adapter, "adapter");
    }
    static void fields(flashmotion::detail::AnyVisitor&, Whole&) {}
  };
  const auto document = TomlDocument::from_text(text, "recipes/toy/three_stage.toml");
  Diagnostics diagnostics;
  diagnostics.add_source(document.file(), document.text());
  const auto whole = read_config<Whole>(document.root(), diagnostics);
  const std::vector<std::string> known{"injection", "controlnet"};
  const auto near = flashmotion::nearest_name(whole.adapter.use, known);
  REQUIRE(near);
  diagnostics.error(whole.adapter.use_region,
                    fmt::format("no adapter named '{}'; did you mean '{}'\n    (from plugin controlnet_adapter 0.1.0)?",
                                whole.adapter.use, *near));
  CHECK(diagnostics.text() ==
        R"(recipes/toy/three_stage.toml:7:1: error: unknown key 'stepz' in [distil]; did you mean 'steps'?
    7 | stepz = 4
      | ^~~~~
recipes/toy/three_stage.toml:9:17: error: 'learning_rate' must be a number, found string '1e-4'
    9 | learning_rate = "1e-4"
      |                 ^~~~~~
recipes/toy/three_stage.toml:15:7: error: no adapter named 'controlnett'; did you mean 'controlnet'
    (from plugin controlnet_adapter 0.1.0)?
   15 | use = "controlnett"
      |       ^~~~~~~~~~~~~
3 errors, nothing was started)");
  CHECK_THROWS_AS(diagnostics.throw_if_any(), flashmotion::RecipeError);
}

TEST_CASE("a right recipe fills the config and nothing is reported", "[recipe][unit]") {
  const auto document = TomlDocument::from_text(R"(
[distil]
steps = 8
learning_rate = 1
precision = "bfloat16"
warm_up = 2
[adapter]
use = "injection"
width = 96
[[stage]]
name = "hybrid"
ema = false
sigmas = [1, 0.25]
size = [5, 16, 24]
drop = ["gan"]
[[stage.objective]]
name = "diffusion"
use = "diffusion"
weight = { use = "inverse", a = 4e-3 }
[[stage.objective]]
name = "gan"
use = "softplus"
weight = 2
slope = 3.0
)",
                                                "r.toml");
  Diagnostics diagnostics;
  const auto recipe = read_config<Recipe>(document.root(), diagnostics);
  CHECK(diagnostics.text() == "");
  CHECK(recipe.distil.steps == 8);
  CHECK(recipe.distil.learning_rate == 1.0);
  CHECK(recipe.distil.precision == Precision::bfloat16);
  CHECK(recipe.distil.warm_up == 2);
  CHECK(recipe.data.use == "toy");
  REQUIRE(recipe.stage.size() == 1);
  const StageConfig& stage = recipe.stage[0];
  CHECK(stage.name == "hybrid");
  CHECK_FALSE(stage.ema);
  CHECK(stage.sigmas == std::vector<double>{1.0, 0.25});
  CHECK(stage.size == std::array<std::int64_t, 3>{5, 16, 24});
  CHECK(stage.drop == std::vector<std::string>{"gan"});
  CHECK(stage.distil == DistilConfig{});
  REQUIRE(stage.objective.size() == 2);
  CHECK(stage.objective[0].weight.component.use == "inverse");
  CHECK(stage.objective[1].weight.number == 2.0);
  CHECK_FALSE(stage.objective[1].weight.component);
  CHECK(stage.objective[1].loss.use == "softplus");
  CHECK(stage.objective[1].loss.use_region.begin.str() == "r.toml:22:7");
  CHECK(read_component<InjectionConfig>(recipe.adapter, diagnostics).width == 96);
  CHECK(diagnostics.empty());
}

TEST_CASE("types are exact", "[recipe][message]") {
  CHECK(messages<DistilConfig>("steps = \"4\"") ==
        "r.toml:1:9: error: 'steps' must be an integer, found string '4'\n    1 | steps = \"4\"\n"
        "      |         ^~~\n1 error, nothing was started");
  const auto first = [](const std::string& text) {
    const std::string all = messages(text);
    return all.substr(0, all.find('\n'));
  };
  CHECK(first("distil.steps = 4.0") == "r.toml:1:16: error: 'steps' must be an integer, found number 4.0");
  CHECK(first("distil.learning_rate = nan") ==
        "r.toml:1:24: error: 'learning_rate' must be a finite number, found nan");
  CHECK(first("distil.learning_rate = true") ==
        "r.toml:1:24: error: 'learning_rate' must be a number, found boolean true");
  CHECK(first("distil.steps = 1979-05-27") == "r.toml:1:16: error: 'steps' must be an integer, found a date or time");
  CHECK(first("distil = 3") == "r.toml:1:10: error: 'distil' must be a table, found integer 3");
  CHECK(first("stage = 3") == "r.toml:1:9: error: 'stage' must be an array, found integer 3");
  CHECK(first("[[stage]]\nname = 'a'\nema = 1") == "r.toml:3:7: error: 'ema' must be true or false, found integer 1");
  CHECK(first("[[stage]]\nname = 1") == "r.toml:2:8: error: 'name' must be a string, found integer 1");
  CHECK(first("[[stage]]\nname = 'a'\ndrop = ['x', 1]") ==
        "r.toml:3:14: error: 'drop[1]' must be a string, found integer 1");
  CHECK(first("[[stage]]\nname = 'a'\nsize = [1, 2]") ==
        "r.toml:3:8: error: 'size' must be an array of 3 values, found 2");
  CHECK(first("[[stage]]\nname = 'a'\n[[stage.objective]]\nname = 'b'\nuse = 'c'\nweight = 'd'") ==
        "r.toml:6:10: error: 'weight' must be a number or a table, found string 'd'");
}

TEST_CASE("ranges, choices and lengths are named in the message", "[recipe][message]") {
  const auto first = [](const std::string& text) {
    const std::string all = messages(text);
    return all.substr(0, all.find('\n'));
  };
  CHECK(first("distil.steps = 65") == "r.toml:1:16: error: 'steps' must be between 1 and 64, found 65");
  CHECK(first("distil.steps = 64").empty());
  CHECK(first("distil.learning_rate = 0") == "r.toml:1:24: error: 'learning_rate' must be above 0, found 0");
  CHECK(first("distil.warm_up = -1") == "r.toml:1:18: error: 'warm_up' must be at least 0, found -1");
  CHECK(first("distil.precision = 'bfloat61'") ==
        "r.toml:1:20: error: 'precision' must be one of 'float32', 'bfloat16', found 'bfloat61'; did you mean "
        "'bfloat16'?");
  CHECK(first("distil.precision = 'double'") ==
        "r.toml:1:20: error: 'precision' must be one of 'float32', 'bfloat16', found 'double'");
  CHECK(first("[[stage]]\nname = ''") == "r.toml:2:8: error: 'name' must not be empty, found ''");
  CHECK(first("[[stage]]\nname = 'a'\nsigmas = []") ==
        "r.toml:3:10: error: 'sigmas' must not be empty, found an array");
  CHECK(first("[[stage]]\nname = 'a'\nsigmas = [1.0, 1.5]") ==
        "r.toml:3:16: error: 'sigmas[1]' must be between 0 and 1, found 1.5");
  CHECK(first("[[stage]]\nname = 'a'\n[[stage.objective]]\nname = 'b'\nuse = 'c'\nweight = -1.0") ==
        "r.toml:6:10: error: 'weight' must be at least 0, found -1.0");
}

TEST_CASE("unknown and missing keys are found where they stand", "[recipe][message]") {
  CHECK(
      messages("[distil]\nzebra = 1\n[stages]\n") ==
      R"(r.toml:2:1: error: unknown key 'zebra' in [distil]; known keys: 'steps', 'learning_rate', 'precision', 'warm_up'
    2 | zebra = 1
      | ^~~~~
r.toml:3:2: error: unknown table 'stages' at the top level; did you mean 'stage'?
    3 | [stages]
      |  ^~~~~~
2 errors, nothing was started)");
  CHECK(messages("[[stage]]\nname = 'hybrid'\n\n[[stage.objective]]\nuse = 'gan'\n[[stage]]\nema = false\n") ==
        R"(r.toml:4:1: error: missing key 'name' in [[stage.objective]]
    4 | [[stage.objective]]
      | ^~~~~~~~~~~~~~~~~~~
r.toml:6:1: error: missing key 'name' in [[stage]]
    6 | [[stage]]
      | ^~~~~~~~~
2 errors, nothing was started)");
  CHECK(messages("[[stage]]\nname = 'hybrid'\nemma = 1").find("unknown key 'emma' in [[stage]] 'hybrid'; did you") !=
        std::string::npos);
  CHECK(messages("[adapter]\nwidth = 3") ==
        "r.toml:1:1: error: missing key 'use' in [adapter]\n    1 | [adapter]\n      | ^~~~~~~~~\n"
        "1 error, nothing was started");
}

TEST_CASE("a component reads its own keys and leaves the owner's alone", "[recipe][message]") {
  const auto document = TomlDocument::from_text(
      "[[stage]]\nname = 'a'\n[[stage.objective]]\nname = 'o'\nuse = 'x'\nweight = 1\nwidht = 3\n", "r.toml");
  Diagnostics diagnostics;
  const auto recipe = read_config<Recipe>(document.root(), diagnostics);
  REQUIRE(diagnostics.empty());
  (void)read_component<InjectionConfig>(recipe.stage.at(0).objective.at(0).loss, diagnostics);
  CHECK(diagnostics.text() ==
        "r.toml:7:1: error: unknown key 'widht' in [[stage.objective]] 'o'; did you mean "
        "'width'?\n1 error, nothing was started");
  // A component left to its default has an empty table and its defaults.
  CHECK(read_component<InjectionConfig>(recipe.data, diagnostics).width == 64);
  CHECK(diagnostics.count() == 1);
}

TEST_CASE("validate points at the key that decides, and only where single keys are right", "[recipe][message]") {
  CHECK(messages("[distil]\nsteps = 2\nwarm_up = 3\n") ==
        "r.toml:3:11: error: 'warm_up' must not be above 'steps'\n    3 | warm_up = 3\n      |           ^\n"
        "1 error, nothing was started");
  CHECK(messages("[distil]\nsteps = 0\nwarm_up = 3\n").find("not be above") == std::string::npos);
}

TEST_CASE("entries that share a name are reported at the later one", "[recipe][message]") {
  CHECK(messages("[[stage]]\nname = 'a'\n[[stage]]\nname = 'b'\n[[stage]]\nname = 'a'\n") ==
        "r.toml:6:8: error: the name 'a' is taken by an earlier entry of [[stage]]\n    6 | name = 'a'\n"
        "      |        ^~~\n1 error, nothing was started");
}

}  // namespace reader_test
