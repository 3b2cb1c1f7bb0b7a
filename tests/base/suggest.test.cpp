#include "flashmotion/base/suggest.hpp"

#include "flashmotion/base/enum_names.hpp"
#include "tests/support/catch.hpp"

namespace suggest_test {

using flashmotion::edit_distance;
using flashmotion::nearest_name;

const std::vector<std::string> kNames{"steps", "learning_rate", "seed", "lr"};

TEST_CASE("edits are counted, a swap of neighbours as one", "[base][unit]") {
  CHECK(edit_distance("steps", "steps") == 0);
  CHECK(edit_distance("stepz", "steps") == 1);
  CHECK(edit_distance("setps", "steps") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is within two edits or a third of the length", "[base][unit]") {
  CHECK(nearest_name("stepz", kNames) == "steps");
  CHECK(nearest_name("setp", kNames) == "steps");
  CHECK(nearest_name("lerning_rte", kNames) == "learning_rate");
  CHECK(nearest_name("learnin_ratte_", kNames) == "learning_rate");
  CHECK(nearest_name("lx", kNames) == "lr");
  CHECK_FALSE(nearest_name("xy", kNames));
  CHECK_FALSE(nearest_name("zebra", kNames));
  CHECK_FALSE(nearest_name("", kNames));
  CHECK_FALSE(nearest_name(std::string(100000, 's'), kNames));
}

TEST_CASE("messages name the nearest or list all", "[base][message]") {
  CHECK(flashmotion::suggestion("stepz", kNames, "known keys") == "; did you mean 'steps'?");
  CHECK(flashmotion::suggestion("zebra", kNames, "known keys") ==
        "; known keys: 'steps', 'learning_rate', 'seed', 'lr'");
  CHECK(flashmotion::quoted_list({}) == "none");
}

enum class Colour { red, deep_blue };

}  // namespace suggest_test

template <>
struct flashmotion::EnumNames<suggest_test::Colour> {
  static constexpr std::array<std::pair<suggest_test::Colour, std::string_view>, 2> values{
      {{suggest_test::Colour::red, "red"}, {suggest_test::Colour::deep_blue, "deep_blue"}}};
};

namespace suggest_test {

TEST_CASE("enumerations have words both ways", "[base][unit]") {
  STATIC_REQUIRE(flashmotion::to_string(Colour::deep_blue) == "deep_blue");
  STATIC_REQUIRE(flashmotion::parse_enum<Colour>("red") == Colour::red);
  CHECK_FALSE(flashmotion::parse_enum<Colour>("green"));
  CHECK(flashmotion::to_string(static_cast<Colour>(7)) == "unknown");
  CHECK(flashmotion::enum_words<Colour>() == std::vector<std::string>{"red", "deep_blue"});
}

}  // namespace suggest_test
