#include "flashmotion/base/error.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {

void run_recipe(std::string_view bytes) {
  try {
    static_cast<void>(flashmotion::TomlDocument::from_text(std::string(bytes), "recipe.toml"));
  } catch (const flashmotion::InputError&) {  // what a wrong text gives
  }
}

std::vector<std::string> recipe_seeds() {
  return {
      "",
      "[run]\nseed = 1\nout = \"runs/x\"\n\n[[stage]]\nname = \"a\"\nweights = [0.5, 1e-3]\n",
      "extends = \"base.toml\"\n[generator]\nuse = \"wan_dit\"\npatch = [1, 2, 2]\nweight = { use = \"inverse\", a = "
      "4e-3 }\n",
  };
}

}  // namespace fuzz
