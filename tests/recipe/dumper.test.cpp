#include "flashmotion/recipe/dumper.hpp"

#include "flashmotion/recipe/toml_document.hpp"
#include "tests/recipe/sample.hpp"
#include "tests/support/catch.hpp"

#include <limits>

namespace dumper_test {

using flashmotion::Diagnostics;
using flashmotion::dump_config;
using flashmotion::read_config;
using flashmotion::to_toml;
using flashmotion::TomlDocument;
using recipe_sample::DistilConfig;
using recipe_sample::Recipe;

template <class C>
C read(const std::string& text) {
  const auto document = TomlDocument::from_text(text, "dump.toml");
  Diagnostics diagnostics;
  diagnostics.add_source(document.file(), document.text());
  C config = read_config<C>(document.root(), diagnostics);
  INFO(diagnostics.text());
  REQUIRE(diagnostics.empty());
  return config;
}

TEST_CASE("a dump has every default, and reading it gives an equal config", "[recipe][unit]") {
  CHECK(to_toml(*dump_config(DistilConfig{})) == "steps = 4\nlearning_rate = 2e-06\nprecision = \"float32\"\n");
  const DistilConfig changed{64, 1.0 / 3.0, recipe_sample::Precision::bfloat16, 7};
  CHECK(read<DistilConfig>(to_toml(*dump_config(changed))) == changed);
  const DistilConfig whole{1, 3.0, recipe_sample::Precision::float32, {}};
  CHECK(to_toml(*dump_config(whole)).find("learning_rate = 3.0\n") != std::string::npos);
  for (const double rate : {1e300, 5e-324, 0.1, 1e16, 123456789012345680.0})
    CHECK(read<DistilConfig>(to_toml(*dump_config(DistilConfig{1, rate, {}, {}}))).learning_rate == rate);
}

TEST_CASE("stages, objectives and components come out as canonical tables", "[recipe][golden]") {
  const auto document = TomlDocument::from_text(R"(
extra = { b = [1, [2.0]], "odd key" = "quote \" and\nline", none = {} }
[adapter]
use = "injection"
[[stage]]
name = "hybrid"
objective = [{ name = "a", use = "gan", slope = 1, weight = { use = "inverse", a = 0.5 } }, { name = "b", use = "l2" }]
[[stage]]
name = "last"
)",
                                                "r.toml");
  Diagnostics diagnostics;
  auto recipe = read_config<Recipe>(document.root(), diagnostics);
  recipe.adapter.resolved = flashmotion::resolve_component<recipe_sample::InjectionConfig>(recipe.adapter, diagnostics);
  REQUIRE(diagnostics.empty());
  const std::string dump = to_toml(*dump_config(recipe));
  CHECK(dump == R"([distil]
steps = 4
learning_rate = 2e-06
precision = "float32"

[data]
use = "toy"

[adapter]
use = "injection"
width = 64

[[stage]]
name = "hybrid"
ema = true
sigmas = [1.0, 0.5]
size = [1, 32, 32]
drop = []

[[stage.objective]]
name = "a"
use = "gan"
slope = 1

[stage.objective.weight]
use = "inverse"
a = 0.5

[[stage.objective]]
name = "b"
weight = 1.0
use = "l2"

[stage.distil]
steps = 4
learning_rate = 2e-06
precision = "float32"

[[stage]]
name = "last"
ema = true
sigmas = [1.0, 0.5]
size = [1, 32, 32]
drop = []
objective = []

[stage.distil]
steps = 4
learning_rate = 2e-06
precision = "float32"

[extra]
b = [1, [2.0]]
"odd key" = "quote \" and\nline"

[extra.none]
)");
  // Reading the dump and dumping again changes nothing. The config borrows from its document, so that stays.
  const auto again_document = TomlDocument::from_text(dump, "again.toml");
  const auto again = read_config<Recipe>(again_document.root(), diagnostics);
  REQUIRE(diagnostics.empty());
  CHECK(to_toml(*dump_config(again)) == dump);
}

TEST_CASE("copies of a tree keep values and places", "[recipe][unit]") {
  const auto document = TomlDocument::from_text("a = 1\n[t]\nb = [true, 'x']\n", "r.toml");
  const auto copy = flashmotion::TreeNode::copy(document.root());
  CHECK(to_toml(*copy) == to_toml(document.root()));
  CHECK(copy->child("t")->child("b")->element(1).location().str() == "r.toml:3:12");
  CHECK(copy->child("t")->label() == "[t]");
}

}  // namespace dumper_test
