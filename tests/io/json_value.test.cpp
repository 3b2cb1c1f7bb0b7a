#include "flashmotion/io/json_value.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/json_places.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <functional>
#include <string>

namespace json_value_test {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using flashmotion::InputError;
using flashmotion::JsonValue;

std::string refused(const std::string& text, const std::function<void(const JsonValue&)>& ask = {}) {
  try {
    const JsonValue value = JsonValue::parse(text, "c.json");
    if (ask) ask(value);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("settings are read by name, with null as not given", "[io][unit]") {
  const JsonValue root = JsonValue::parse(R"({
    "dim": 40, "eps": 1e-6, "on": true, "name": "x", "list": [1, 2], "none": null, "inner": {"rates": [0.5, 2]}
  })",
                                          "c.json");
  CHECK(root.at("dim").whole(1, 100) == 40);
  CHECK(root.at("eps").number() == 1e-6);
  CHECK(root.at("dim").number() == 40.0);
  CHECK(root.at("on").boolean());
  CHECK(root.at("name").text() == "x");
  CHECK(root.at("list").wholes() == std::vector<std::int64_t>{1, 2});
  CHECK(root.at("inner").at("rates").numbers() == std::vector<double>{0.5, 2.0});
  CHECK_FALSE(root.find("none").has_value());
  CHECK_FALSE(root.find("other").has_value());
  CHECK(root.keys().size() == 7);
  CHECK(root.at("list").dump() == "[1,2]");
  CHECK(root.source() == "c.json");
}

TEST_CASE("every wrong value is told with its place and path", "[io][message]") {
  const std::string text = "{\n  \"a\": {\"b\": [1, \"two\"]},\n  \"n\": 7\n}";
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("a").at("b").wholes()); }),
             Equals("c.json:2:18: 'a.b[1]' must be a whole number, found \"two\""));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("n").whole(0, 5)); }),
             Equals("c.json:3:8: 'n' must be from 0 to 5, found 7"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("a").at("c")); }),
             Equals("c.json:2:8: 'a' needs the key 'c'"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("z")); }),
             Equals("c.json:1:1: this needs the key 'z'"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("n").at("z")); }),
             Contains("'n' must be an object in { }, found 7"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("n").boolean()); }),
             Contains("must be true or false"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("a").number()); }),
             Contains("must be a number, found an object"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("n").text()); }),
             Contains("must be a text in quotation marks"));
  CHECK_THAT(refused(text, [](const JsonValue& v) { static_cast<void>(v.at("a").elements()); }),
             Contains("must be a list in [ ]"));
  CHECK_THAT(
      refused(R"({"n": 18446744073709551615})", [](const JsonValue& v) { static_cast<void>(v.at("n").whole()); }),
      Contains("must be from"));
}

TEST_CASE("a text that is no JSON is told with its place", "[io][message]") {
  CHECK_THAT(refused("{\n  \"a\": 1\n  \"b\": 2\n}"), Contains("c.json:3:3: this is not valid JSON"));
  CHECK_THAT(refused("{\"a\": 1"), Contains("the text ends too early"));
  CHECK_THAT(refused(""), Contains("the text ends too early"));
  CHECK_THAT(refused("{\"a\": 1,\n \"a\": 2}"), Contains("c.json:2:2: 'a' is given twice"));
  CHECK_THAT(refused("{\"a\": 1e999}"), Contains("a number that is out of range"));
  CHECK_THAT(refused(std::string(100, '[')), Contains("nested far deeper"));
  CHECK_THAT(refused("{\"a\": \"\xff\"}"), Contains("not valid JSON"));
  const TempFolder folder;
  CHECK_THROWS_AS(flashmotion::read_json(folder / "none.json"), InputError);
  flashmotion::write_file_atomically((folder / "c.json").string(), "{\"a\": 3}");
  CHECK(flashmotion::read_json(folder / "c.json").at("a").whole() == 3);
  CHECK_THROWS_WITH(flashmotion::read_json(folder / "c.json", 4), Contains("more than the 4 bytes allowed"));
}

TEST_CASE("places are those of the text, in lines and characters", "[io][unit]") {
  const std::string text = "{\"ä\": [1,\n {\"b\": 2}]}";
  const flashmotion::JsonPlaces places(text);
  CHECK(places.find("ä[1].b").line == 2);
  CHECK(places.find("ä[1].b").column == 8);
  CHECK(places.key("ä").column == 2);
  CHECK(places.find("ä[0]").column == 8);
  CHECK(flashmotion::place_of(text, 11).line == 2);
  CHECK(flashmotion::json_token_start("[tru!", 3) == 1);
}

}  // namespace json_value_test
