#include "flashmotion/train/recipe_changes.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace recipe_changes_test {

using flashmotion::recipe_changes;
using Texts = std::vector<std::string>;

TEST_CASE("equal recipes have no changes, whatever plugins they record", "[train][unit]") {
  CHECK(recipe_changes("[run]\nseed = 0\n", "[run]\nseed = 0\n").none());
  CHECK(recipe_changes("[run]\nseed = 0\n", "[run]\nseed = 0\n\n[[plugins.used]]\nname = \"x\"\n").none());
}

TEST_CASE("changes are told by key, entries of lists by name", "[train][unit]") {
  const std::string before =
      "a = 1\nlist = [1, 2]\n[[stage]]\nname = \"x\"\nrate = 1e-3\n[[stage.objective]]\nname = \"gan\"\nweight = 1.5\n";
  const std::string now =
      "a = 1\nlist = [1, 3]\n[[stage]]\nname = \"x\"\nrate = 0.002\n[[stage.objective]]\nname = \"gan\"\nweight = 1.5\n"
      "[[stage]]\nname = \"y\"\n";
  CHECK(recipe_changes(before, now).keys == Texts{"list was [1, 2] and is [1, 3] now",
                                                  "stage.x.rate was 0.001 and is 0.002 now",
                                                  "stage.y.name was not there and is 'y' now"});
  CHECK(recipe_changes(now, before).keys.back() == "stage.y.name was 'y' and is not there now");
}

TEST_CASE("long texts that end differently and numbers of other kinds are changes", "[train][unit]") {
  const std::string text(200, 'x');
  CHECK(recipe_changes("a = \"" + text + "\"\n", "a = \"" + text + "y\"\n").keys.size() == 1);
  CHECK(recipe_changes("a = \"1\"\n", "a = 1\n").keys.size() == 1);
  CHECK(
      recipe_changes("[[s]]\nname = \"a\"\n[[s]]\nname = \"b\"\n", "[[s]]\nname = \"b\"\n[[s]]\nname = \"a\"\n").keys ==
      Texts{"the order of the entries is another"});
}

TEST_CASE("a file is the same when only the way to it differs", "[train][unit]") {
  const auto load = [](const std::string& file) { return "[codec]\nload = \"" + file + "\"\n"; };
  const auto same = [&](const std::string& one, const std::string& other) {
    const auto changes = recipe_changes(load(one), load(other));
    CHECK(changes.moved == changes.keys.empty());
    return changes.moved;
  };
  CHECK(same("../base/a.safetensors", "../../toy/base/a.safetensors"));
  CHECK(same("../../../toy/base/a.safetensors", "base/a.safetensors"));
  CHECK_FALSE(same("../base/a.safetensors", "../base/b.safetensors"));
  CHECK_FALSE(same("../base/a.safetensors", "../../database/a.safetensors"));
  CHECK_FALSE(same("", "../base/a.safetensors"));
  // Only where a file is meant.
  CHECK_FALSE(recipe_changes("a = \"../x\"\n", "a = \"../../x\"\n").moved);
}

TEST_CASE("a key that an older recipe lacks is no change while it has its default", "[train][unit]") {
  const std::string before =
      "[run]\nseed = 0\n[[stage]]\nname = \"x\"\nsteps = 3\n[[stage.objective]]\nname = \"gan\"\n";
  const auto now = [&](const std::string& device, const std::string& accumulate, const std::string& every) {
    return "[run]\nseed = 0\ndevice = " + device + "\n[[stage]]\nname = \"x\"\naccumulate = " + accumulate +
           "\nsteps = 3\n[[stage.objective]]\nname = \"gan\"\nevery = " + every + "\n";
  };
  CHECK(recipe_changes(before, now("\"cpu\"", "1", "1")).none());
  CHECK(recipe_changes(before, now("\"auto\"", "4", "2")).keys ==
        Texts{"run.device was not there and is 'auto' now", "stage.x.accumulate was not there and is 4 now",
              "stage.x.objective.gan.every was not there and is 2 now"});
  // The other way round a key is lost, and what it said with it.
  CHECK(recipe_changes(now("\"cpu\"", "1", "1"), before).keys.size() == 3);
  // Components' keys have the defaults of their own versions.
  CHECK(
      recipe_changes("[generator]\nuse = \"wan_dit\"\n", "[generator]\nuse = \"wan_dit\"\nblocks = 4\n").keys.size() ==
      1);
}

}  // namespace recipe_changes_test
