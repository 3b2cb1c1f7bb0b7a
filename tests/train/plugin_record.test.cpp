#include "flashmotion/train/plugin_record.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace plugin_record_test {

using flashmotion::PluginInfo;
using flashmotion::UsedPlugin;

PluginInfo plugin(const std::string& name, const std::string& file, char digit) {
  return {name, "0.1.0", file, std::string(64, digit), {}, {}};
}

TEST_CASE("the record of plugins is the end of a resolved recipe and can be read back", "[train][unit]") {
  const TempFolder temp;
  std::filesystem::create_directories(temp / "run");
  const std::string recipe = "[plugins]\nfiles = []\n\n[run]\nseed = 1\n";
  const std::vector<PluginInfo> loaded{plugin("one", (temp / "lib/one.so").string(), 'a'),
                                       plugin("two", (temp / "lib/two.so").string(), 'b')};
  const std::string record = flashmotion::plugins_record(loaded, temp / "run");
  CHECK(record == "\n[[plugins.used]]\nname = \"one\"\nversion = \"0.1.0\"\nfile = \"../lib/one.so\"\nsha256 = \"" +
                      std::string(64, 'a') +
                      "\"\n\n[[plugins.used]]\nname = \"two\"\nversion = \"0.1.0\"\nfile = \"../lib/two.so\"\nsha256 "
                      "= \"" +
                      std::string(64, 'b') + "\"\n");
  CHECK(flashmotion::without_plugins_record(recipe + record) == recipe);
  CHECK(flashmotion::without_plugins_record(recipe) == recipe);
  CHECK(flashmotion::plugins_record({}, temp / "run").empty());

  std::ofstream(temp / "run/recipe.resolved.toml") << recipe << record;
  const auto read = flashmotion::read_plugins_record(temp / "run/recipe.resolved.toml");
  REQUIRE(read.size() == 2);
  CHECK(read[1].name == "two");
  CHECK(read[1].file == "../lib/two.so");
  CHECK(read[1].sha256 == std::string(64, 'b'));
  CHECK(flashmotion::read_plugins_record(temp / "missing.toml").empty());
  std::ofstream(temp / "wrong.toml") << "[plugins]\nused = 3\n";
  CHECK_THROWS_AS(flashmotion::read_plugins_record(temp / "wrong.toml"), flashmotion::RecipeError);
}

TEST_CASE("plugins that are not those of the record are told", "[train][message]") {
  const std::vector<UsedPlugin> recorded{{"one", "0.1.0", "one.so", std::string(64, 'a')},
                                         {"two", "0.1.0", "two.so", std::string(64, 'b')}};
  using flashmotion::plugin_changes;
  CHECK(
      plugin_changes(recorded, std::vector{plugin("one", "/p/one.so", 'a'), plugin("two", "/q/two.so", 'b')}).empty());
  CHECK(plugin_changes({}, std::vector{plugin("one", "/p/one.so", 'a')}).empty());
  CHECK(plugin_changes(recorded, std::vector{plugin("one", "/p/one.so", 'c'), plugin("three", "/p/three.so", 'd')}) ==
        std::vector<std::string>{
            "plugin one is another file: 0.1.0 with SHA-256 aaaaaaaaaaaaaaaa… was recorded, 0.1.0 with SHA-256 "
            "cccccccccccccccc… is used now (/p/one.so)",
            "plugin two 0.1.0 (SHA-256 bbbbbbbbbbbbbbbb…) was recorded and is not used now",
            "plugin three 0.1.0 was not recorded and is used now (/p/three.so)"});
}

}  // namespace plugin_record_test
