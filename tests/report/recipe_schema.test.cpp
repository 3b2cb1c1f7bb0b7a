#include "flashmotion/report/recipe_reference.hpp"

#include "flashmotion/io/json_value.hpp"
#include "flashmotion/plugin/host.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/recipe/tree.hpp"
#include "flashmotion/train/recipe.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Recipes held against the JSON Schema by a checker of the keywords that it uses.

namespace recipe_schema_test {

using flashmotion::ConfigNode;
using flashmotion::JsonValue;
using flashmotion::NodeKind;
using flashmotion::TomlDocument;

bool has_type(const ConfigNode& node, const std::string& type) {
  if (type == "object") return node.is(NodeKind::table);
  if (type == "array") return node.is(NodeKind::array);
  if (type == "string") return node.is(NodeKind::string);
  if (type == "boolean") return node.is(NodeKind::boolean);
  if (type == "integer") return node.is(NodeKind::integer);
  return type == "number" && (node.is(NodeKind::integer) || node.is(NodeKind::floating));
}

bool valid(const ConfigNode& node, const JsonValue& schema);

bool words_hold(const ConfigNode& node, const JsonValue& schema) {
  if (const auto word = schema.find("const"); word && node.string_value() != word->text()) return false;
  const auto words = schema.find("enum");
  if (!words) return true;
  const std::vector<JsonValue> list = words->elements();
  return std::any_of(list.begin(), list.end(), [&](const JsonValue& w) { return w.text() == node.string_value(); });
}

bool numbers_hold(const ConfigNode& node, const JsonValue& schema) {
  const double value = node.floating_value();
  const auto bound = [&](const char* key) { return schema.find(key); };
  if (const auto low = bound("minimum"); low && value < low->number()) return false;
  if (const auto high = bound("maximum"); high && value > high->number()) return false;
  if (const auto low = bound("exclusiveMinimum"); low && value <= low->number()) return false;
  if (const auto high = bound("exclusiveMaximum"); high && value >= high->number()) return false;
  const auto size = static_cast<std::int64_t>(node.size());
  if (const auto least = bound("minItems"); least && size < least->whole()) return false;
  if (const auto most = bound("maxItems"); most && size > most->whole()) return false;
  const auto length = bound("minLength");
  return !length || static_cast<std::int64_t>(node.string_value().size()) >= length->whole();
}

bool members_hold(const ConfigNode& node, const JsonValue& schema) {
  if (const auto required = schema.find("required")) {
    for (const JsonValue& key : required->elements())
      if (node.child(key.text()) == nullptr) return false;
  }
  const auto properties = schema.find("properties");
  const auto closed = schema.find("additionalProperties");
  for (const std::string& key : node.keys()) {
    const auto member = properties ? properties->find(key) : std::nullopt;
    if (member ? !valid(*node.child(key), *member) : closed && !closed->boolean()) return false;
  }
  return true;
}

bool valid(const ConfigNode& node, const JsonValue& schema) {
  if (const auto type = schema.find("type"); type && !has_type(node, type->text())) return false;
  if (!words_hold(node, schema) || !numbers_hold(node, schema) || !members_hold(node, schema)) return false;
  if (const auto items = schema.find("items")) {
    for (std::size_t i = 0; i < node.size() && node.is(NodeKind::array); ++i)
      if (!valid(node.element(i), *items)) return false;
  }
  if (const auto some = schema.find("anyOf")) {
    const std::vector<JsonValue> list = some->elements();
    if (std::none_of(list.begin(), list.end(), [&](const JsonValue& s) { return valid(node, s); })) return false;
  }
  if (const auto other = schema.find("not"); other && valid(node, *other)) return false;
  if (const auto when = schema.find("if"); when && valid(node, *when)) return valid(node, schema.at("then"));
  return true;
}

const JsonValue& schema() {
  static const JsonValue made = [] {
    flashmotion::Catalog catalog = flashmotion::builtin_catalog();
    std::vector<flashmotion::ComponentDoc> components = flashmotion::describe_parts();
    for (auto& part : flashmotion::describe_components(catalog)) components.push_back(std::move(part));
    return JsonValue::parse(flashmotion::recipe_schema(flashmotion::recipe_tables(), components), "schema");
  }();
  return made;
}

bool good(const std::string& text) { return valid(TomlDocument::from_text(text, "r.toml").root(), schema()); }

TEST_CASE("every shipped recipe holds against the JSON Schema", "[report][law]") {
  const std::filesystem::path recipes = std::filesystem::path(FLASHMOTION_TEST_SOURCE_DIR) / "recipes";
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recipes)) {
    if (entry.path().extension() != ".toml" || entry.path().parent_path().filename() == "ablations") continue;
    INFO(entry.path().string());
    CHECK(valid(TomlDocument::from_file(entry.path().string()).root(), schema()));
    ++seen;
  }
  CHECK(seen >= 6);
}

TEST_CASE("the JSON Schema refuses what the reader refuses", "[report][unit]") {
  const std::string stage =
      "[[stage]]\nname = \"a\"\nuse = \"pretrain\"\nsteps = 1\n[[stage.objective]]\nname = \"f\"\nuse = "
      "\"diffusion\"\ntarget = \"generator\"\n";
  const std::string data = "[data]\nuse = \"toy_motion\"\n";
  REQUIRE(good(data + stage));
  CHECK_FALSE(good(stage));                                         // [data] is missing
  CHECK_FALSE(good("[data]\nframes = 9\n" + stage));                // so is its 'use'
  CHECK_FALSE(good(data + "framez = 9\n" + stage));                 // unknown key of a component
  CHECK_FALSE(good(data + "[run]\nsede = 1\n" + stage));            // and of a table
  CHECK_FALSE(good(data + "[run]\nseed = \"1\"\n" + stage));        // type
  CHECK_FALSE(good(data + "[run]\npreview_clips = 65\n" + stage));  // range
  CHECK_FALSE(good(data + "[run]\nseed = -1\n" + stage));
  CHECK_FALSE(good(data + "[generator]\nparameterisation = \"x\"\n" + stage));  // word
  CHECK_FALSE(good(data + "[generator]\npatch = [1, 1]\n" + stage));            // length
  CHECK_FALSE(good(data + stage + "weight = { use = \"inverse\", z = 1.0 }\n"));
  CHECK(good(data + stage + "weight = { use = \"inverse\", a = 1.0 }\n"));
  CHECK(good(data + stage + "weight = 0.5\n"));
  CHECK_FALSE(good(data + stage + "weight = -0.5\n"));
  CHECK(good(data + "[adapter]\nuse = \"of_a_plugin\"\nanything = 1\n" + stage));
  CHECK(good("extends = \"base.toml\"\n[data]\nframes = 9\n"));
}

struct Keys {
  std::vector<std::string> found;
  void operator()(std::string_view key, const auto&...) { found.emplace_back(key); }
  void component(const auto&...) {}
};

TEST_CASE("every key of a recipe has its table", "[report][law]") {
  Keys keys;
  const flashmotion::RecipeConfig preset;
  flashmotion::RecipeConfig::fields(keys, preset);
  const auto tables = flashmotion::recipe_tables();
  for (const std::string& key : keys.found) {
    INFO(key);
    CHECK(std::any_of(tables.begin(), tables.end(), [&](const auto& table) { return table.path == key; }));
  }
}

}  // namespace recipe_schema_test
