#include "flashmotion/train/recipe_tables.hpp"

#include "flashmotion/plugin/parameters.hpp"
#include "flashmotion/train/recipe.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>

namespace recipe_tables_test {

TEST_CASE("the reference has every table that a recipe can have", "[train][unit]") {
  const auto tables = flashmotion::recipe_tables();
  const auto keys = flashmotion::describe_config<flashmotion::RecipeConfig>();
  CHECK(keys.size() > 10);
  for (const flashmotion::ParameterDoc& key : keys) {
    const std::string table = key.key.substr(0, key.key.find_first_of(".["));
    INFO(key.key);
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& t) { return t.path == table; });
    REQUIRE(found != tables.end());
    CHECK_FALSE(found->doc.empty());
  }
}

}  // namespace recipe_tables_test
