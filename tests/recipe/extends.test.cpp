#include "flashmotion/recipe/extends.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/recipe/toml_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace extends_test {

using flashmotion::Diagnostics;
using flashmotion::TomlDocument;

// Writes the files and follows `extends` of the first; the tree as text, or the message.
std::string followed(const std::map<std::string, std::string>& files, const std::string& first = "r.toml") {
  const TempFolder temp;
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((temp / name).parent_path());
    std::ofstream(temp / name) << text;
  }
  std::string said;
  try {
    TomlDocument document = TomlDocument::from_file((temp / first).string());
    Diagnostics diagnostics;
    diagnostics.add_source(document.file(), document.text());
    flashmotion::apply_extends(document, (temp / first).parent_path().string(), diagnostics);
    diagnostics.throw_if_any();
    said = flashmotion::to_toml(document.root());
  } catch (const flashmotion::RecipeError& problem) {
    said = problem.what();
  }
  const std::string folder = temp.path().string() + "/";
  for (std::size_t at = 0; (at = said.find(folder)) != std::string::npos;) said.erase(at, folder.size());
  return said;
}

TEST_CASE("tables merge key by key and lists of tables by name", "[recipe][unit]") {
  CHECK(followed({{"base.toml",
                   "[run]\nseed = 1\nthreads = 2\n[[stage]]\nname = 'a'\nsteps = 3\n[[stage.objective]]\nname = "
                   "'x'\nweight = 1\n[[stage]]\nname = 'b'\nsteps = 4\n"},
                  {"r.toml",
                   "extends = 'base.toml'\n[run]\nseed = 7\n[[stage]]\nname = 'c'\nsteps = 9\n[[stage]]\nname = "
                   "'a'\nbatch = 5\n[[stage.objective]]\nname = 'y'\nweight = 2\n"}}) ==
        "[run]\nseed = 7\nthreads = 2\n\n[[stage]]\nname = \"a\"\nbatch = 5\nsteps = 3\n\n[[stage.objective]]\nname = "
        "\"x\"\nweight = 1\n\n[[stage.objective]]\nname = \"y\"\nweight = 2\n\n[[stage]]\nname = \"b\"\nsteps = 4\n\n"
        "[[stage]]\nname = \"c\"\nsteps = 9\n");
}

TEST_CASE("lists of values and values of another kind are replaced", "[recipe][unit]") {
  CHECK(followed({{"base.toml", "patch = [1, 2, 2]\nweight = 1.0\n"},
                  {"r.toml", "extends = 'base.toml'\npatch = [1, 1, 1]\nweight = { use = 'inverse' }\n"}}) ==
        "patch = [1, 1, 1]\n\n[weight]\nuse = \"inverse\"\n");
}

TEST_CASE("a table of another component begins anew", "[recipe][unit]") {
  const std::string base = "[adapter]\nuse = 'controlnet'\nstride = 2\n";
  CHECK(
      followed({{"base.toml", base}, {"r.toml", "extends = 'base.toml'\n[adapter]\nuse = 'injection'\nwidth = 8\n"}}) ==
      "[adapter]\nuse = \"injection\"\nwidth = 8\n");
  CHECK(followed({{"base.toml", base}, {"r.toml", "extends = 'base.toml'\n[adapter]\nstride = 3\n"}}) ==
        "[adapter]\nstride = 3\nuse = \"controlnet\"\n");
}

TEST_CASE("bases have bases, each seen from its own folder", "[recipe][unit]") {
  CHECK(followed({{"parts/deep/c.toml", "c = 3\nb = 0\n"},
                  {"parts/b.toml", "extends = 'deep/c.toml'\nb = 2\n"},
                  {"r.toml", "extends = 'parts/b.toml'\na = 1\n"}}) == "a = 1\nb = 2\nc = 3\n");
}

TEST_CASE("what is wrong with extends is told with its place", "[recipe][message]") {
  CHECK_THAT(followed({{"r.toml", "extends = 'no.toml'\n"}}),
             Catch::StartsWith("r.toml:1:11: error: 'extends' names 'no.toml', and there is no such file"));
  CHECK_THAT(followed({{"r.toml", "x = 1\nextends = 4\n"}}),
             Catch::StartsWith("r.toml:2:11: error: 'extends' names a recipe"));
  CHECK_THAT(followed({{"r.toml", "extends = 'b.toml'\n"}, {"b.toml", "extends = 'r.toml'\n"}}),
             Catch::StartsWith("b.toml:1:11: error: 'extends' goes in a circle: 'r.toml' is a base of itself"));
  CHECK_THAT(followed({{"r.toml", "extends = 'r.toml'\n"}}), Catch::Contains("circle"));
  CHECK_THAT(followed({{"r.toml", "extends = 'b.toml'\n"}, {"b.toml", "a = = 1\n"}}), Catch::StartsWith("b.toml:1:"));
}

TEST_CASE("a mistake in an inherited value shows both places", "[recipe][message]") {
  auto document = TomlDocument::from_text("a = 1\n", "r.toml");
  Diagnostics diagnostics;
  diagnostics.add_source("r.toml", "extends = 'b.toml'\n");
  diagnostics.add_source("b.toml", "steps = 0\n", "r.toml:1:11");
  diagnostics.error({{"b.toml", 1, 9}, 1}, "'steps' must be at least 1, found 0");
  CHECK(diagnostics.text() ==
        "b.toml:1:9: error: 'steps' must be at least 1, found 0\n    1 | steps = 0\n      |         ^\n"
        "    inherited through r.toml:1:11\n1 error, nothing was started");
}

}  // namespace extends_test
