#include "flashmotion/base/json.hpp"

#include "tests/support/catch.hpp"

#include <cstdlib>
#include <limits>

namespace json_test {

using flashmotion::JsonWriter;

TEST_CASE("a line of metrics is one object on one line", "[base][unit]") {
  JsonWriter json;
  json.begin_object().field("step", 12).field("loss", 0.1).field("tiny", 1e-7).field("done", false);
  json.field("name", "a").key("none").value(nullptr).key("values").value(std::vector<double>{1.0, 2.5});
  json.key("empty").begin_object().end_object().end_object();
  CHECK(
      json.text() ==
      R"({"step": 12, "loss": 0.1, "tiny": 1e-07, "done": false, "name": "a", "none": null, "values": [1, 2.5], "empty": {}})");
}

TEST_CASE("with indent every value has a line", "[base][unit]") {
  JsonWriter json(2);
  json.begin_object().key("a").begin_array().value(1).value(true).end_array().key("b").begin_array().end_array();
  json.end_object();
  CHECK(json.text() == "{\n  \"a\": [\n    1,\n    true\n  ],\n  \"b\": []\n}");
}

TEST_CASE("numbers read back equal, and what JSON cannot hold is null", "[base][unit]") {
  const auto written = [](double number) { return JsonWriter().value(number).text(); };
  for (const double number : {0.1, 1.0 / 3.0, 1e300, 5e-324, -0.0, 123456789.125})
    CHECK(std::strtod(written(number).c_str(), nullptr) == number);
  CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(written(-std::numeric_limits<double>::infinity()) == "null");
  CHECK(JsonWriter().value(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
}

TEST_CASE("text is escaped and made valid", "[base][unit]") {
  CHECK(flashmotion::json_string("a\"b\\c\n\t\x01 é") == "\"a\\\"b\\\\c\\n\\t\\u0001 é\"");
  CHECK(flashmotion::json_string("\xff|\xc3|\xed\xa0\x80") ==
        "\"\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace json_test
