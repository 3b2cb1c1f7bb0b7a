#include "flashmotion/trajectory/trajectory_fields.hpp"

#include "flashmotion/io/json_value.hpp"
#include "tests/support/catch.hpp"

#include <set>

namespace trajectory_fields_test {

TEST_CASE("each key is declared once, and every table is reached", "[trajectory][law]") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::set<std::string_view> tables = {""};
  for (const auto& field : flashmotion::trajectory_fields()) {
    CHECK(seen.emplace(field.table, field.key).second);
    CHECK_FALSE(field.help.empty());
    if (!field.inner.empty()) tables.insert(field.inner);
  }
  for (const auto& field : flashmotion::trajectory_fields()) CHECK(tables.contains(field.table));
}

TEST_CASE("the first version has no keys of the second", "[trajectory][unit]") {
  CHECK(flashmotion::trajectory_keys("key", 1) == std::vector<std::string>{"frame", "box"});
  CHECK(flashmotion::trajectory_keys("key", 2).size() == 6);
  CHECK(flashmotion::trajectory_keys("camera", 1).empty());
}

TEST_CASE("the schema is JSON and says what a key must be", "[trajectory][unit]") {
  const auto schema = flashmotion::JsonValue::parse(flashmotion::trajectory_schema(), "schema");
  const auto properties = schema.at("properties");
  CHECK(properties.at("format").at("const").text() == "flashmotion-trajectory");
  CHECK(properties.at("frames").at("maximum").number() == 10'000);
  CHECK_FALSE(schema.at("additionalProperties").boolean());
  const auto object = properties.at("objects").at("items").at("properties");
  CHECK(object.at("boxes").at("items").at("anyOf").elements().size() == 2);
  CHECK(object.at("masks").at("anyOf").elements()[1].at("properties").at("label").at("maximum").number() == 255);
  const auto box = object.at("keys").at("items").at("properties").at("box");
  CHECK(box.at("minItems").whole() == 4);
  const auto required = schema.at("required").elements();
  CHECK(required.size() == 6);
}

}  // namespace trajectory_fields_test
