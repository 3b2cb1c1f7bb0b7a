#include "flashmotion/train/ablation.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/train/recipe.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ablation_test {

using flashmotion::Ablation;
using Texts = std::vector<std::string>;

Ablation read(const std::string& text) {
  const TempFolder temp;
  std::ofstream(temp / "grid.toml") << text;
  return flashmotion::read_ablation((temp / "grid.toml").string());
}

TEST_CASE("named variants and combinations of a grid become changes of the recipe", "[train][unit]") {
  const Ablation ablation = read(
      "recipe = '../r.toml'\nseeds = [0, 4]\nset = ['run.threads=1']\n"
      "[[variant]]\nname = 'no_gan'\nset = ['a.b=1']\ndrop = ['stage.s.objective.gan', 'variant.x']\n"
      "[[grid]]\nkey = 'stage.s.objective.gan.weight'\nvalues = ['0.5', '2']\n"
      "[[grid]]\nkey = 'adapter.use'\nvalues = ['injection', 'controlnet']\n");
  CHECK(ablation.seeds == std::vector<std::int64_t>{0, 4});
  REQUIRE(ablation.variants.size() == 5);
  CHECK(ablation.variants[0].name == "no_gan");
  CHECK(ablation.variants[0].changes ==
        Texts{"run.threads=1", "a.b=1", "drop stage.s.objective.gan", "drop variant.x"});
  CHECK(ablation.variants[1].name == "gan.weight=0.5,adapter.use=injection");
  CHECK(ablation.variants[4].changes ==
        Texts{"run.threads=1", "stage.s.objective.gan.weight=2", "adapter.use=controlnet"});
}

TEST_CASE("an ablation file is read as strictly as a recipe", "[train][message]") {
  CHECK_THROWS_WITH(
      read("recipe = 'r.toml'\nseed = [0]\n[[variant]]\nname = 'a'\n"),
      Catch::Contains("grid.toml:2:1: error: unknown key 'seed' at the top level; did you mean 'seeds'?"));
  CHECK_THROWS_WITH(read("recipe = 'r.toml'\n"), Catch::Contains("an ablation needs a [[variant]] or a [[grid]]"));
  CHECK_THROWS_WITH(read("recipe = 'r.toml'\n[[variant]]\nname = 'a'\n[[variant]]\nname = 'a'\n"),
                    Catch::Contains("the variant 'a' exists twice"));
  CHECK_THROWS_WITH(read("recipe = 'r.toml'\n[[variant]]\nname = '../a'\n"),
                    Catch::Contains("cannot be a folder's name"));
  CHECK_THROWS_WITH(read("recipe = 'r.toml'\nseeds = [1, 1]\n[[variant]]\nname = 'a'\n"),
                    Catch::Contains("the seed 1 stands twice"));
}

TEST_CASE("every shipped ablation is good with each of its variants", "[train][recipe]") {
  const auto folder = std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes/ablations";
  std::size_t variants = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Ablation ablation = flashmotion::read_ablation(entry.path().string());
    for (const auto& variant : ablation.variants) {
      INFO(entry.path().filename().string() << ": " << variant.name);
      ++variants;
      flashmotion::Catalog catalog = flashmotion::builtin_catalog();
      flashmotion::PluginSearch search;
      search.folders.emplace_back(std::string(FLASHMOTION_TEST_BINARY_DIR) + "/lib/flashmotion/plugins");
      flashmotion::PluginHost host(search);
      CHECK_NOTHROW(flashmotion::read_recipe(ablation.recipe, variant.changes, catalog, host));
    }
  }
  CHECK(variants > 10);
}

}  // namespace ablation_test
