#include "flashmotion/base/json.hpp"
#include "flashmotion/trajectory/easing.hpp"
#include "flashmotion/trajectory/trajectory_fields.hpp"

#include <fmt/format.h>

namespace flashmotion {
namespace trajectory_schema_detail {

using Value = TrajectoryValue;

constexpr std::string_view kColour = "^#[0-9A-Fa-f]{6}$";

class SchemaWriter {
 public:
  std::string text() {
    json_.begin_object().field("$schema", "https://json-schema.org/draft/2020-12/schema");
    json_.field("title", "FlashMotion trajectory");
    table("");
    json_.end_object();
    return json_.text() + "\n";
  }

 private:
  void table(std::string_view name) {
    json_.field("type", "object").key("properties").begin_object();
    std::vector<std::string> required;
    for (const TrajectoryField& field : trajectory_fields()) {
      if (field.table != name) continue;
      if (field.required) required.emplace_back(field.key);
      json_.key(field.key).begin_object().field("description", field.help);
      if (field.key == "format") json_.field("const", "flashmotion-trajectory");
      if (field.type == Value::mask_or_files) {
        json_.key("anyOf").begin_array().begin_object();
        list(field);
        json_.end_object().begin_object();
        table(field.inner);
        json_.end_object().end_array();
      } else if (field.list) {
        list(field);
      } else {
        value(field);
      }
      json_.end_object();
    }
    json_.end_object().field("required", required).field("additionalProperties", false);
  }

  void list(const TrajectoryField& field) {
    json_.field("type", "array");
    if (field.required || field.inner == "key") json_.field("minItems", 1);
    json_.key("items").begin_object();
    if (field.gaps) {
      json_.key("anyOf").begin_array().begin_object();
      value(field);
      json_.end_object().begin_object().field("type", "null").end_object().end_array();
    } else {
      value(field);
    }
    json_.end_object();
  }

  void value(const TrajectoryField& field) {
    switch (field.type) {
      case Value::whole:
      case Value::number:
        json_.field("type", field.type == Value::whole ? "integer" : "number");
        if (field.range[0] < field.range[1]) json_.field("minimum", field.range[0]).field("maximum", field.range[1]);
        return;
      case Value::flag:
        json_.field("type", "boolean");
        return;
      case Value::text:
        json_.field("type", "string");
        return;
      case Value::colour:
        json_.field("type", "string").field("pattern", kColour);
        return;
      case Value::box:
        return numbers("number", 4);
      case Value::place:
        return numbers("number", 2);
      case Value::range:
        return numbers("integer", 2);
      case Value::places:
        json_.field("type", "array").field("minItems", field.key.starts_with("polygon") ? 3 : 1);
        json_.key("items").begin_object();
        numbers("number", 2);
        json_.end_object();
        return;
      case Value::easing: {
        std::vector<std::string> words = enum_words<EasingKind>();
        words.pop_back();  // a Bezier curve is its handles
        json_.key("anyOf").begin_array().begin_object().field("enum", words).end_object().begin_object();
        numbers("number", 4);
        json_.end_object().end_array();
        return;
      }
      case Value::mask:
      case Value::mask_or_files:
        json_.field("type", "object").key("properties").begin_object().key("size").begin_object();
        numbers("integer", 2);
        json_.end_object().key("counts").begin_object().field("type", std::vector<std::string>{"string", "array"});
        json_.end_object().end_object().field("required", std::vector<std::string>{"size", "counts"});
        json_.field("additionalProperties", false);
        return;
      case Value::object:
        table(field.inner);
        return;
    }
  }

  void numbers(std::string_view type, std::int64_t count) {
    json_.field("type", "array").field("minItems", count).field("maxItems", count);
    json_.key("items").begin_object().field("type", type).end_object();
  }

  JsonWriter json_{2};
};

std::string state(const TrajectoryField& field) {
  if (field.required) return "required";
  return std::string(field.preset);
}

std::string range(const TrajectoryField& field) {
  if (!(field.range[0] < field.range[1]) || field.key == "frame" || field.key == "version") return {};
  return fmt::format("; {} to {}", field.range[0], field.range[1]);
}

}  // namespace trajectory_schema_detail

std::string trajectory_schema() { return trajectory_schema_detail::SchemaWriter().text(); }

std::string trajectory_reference() {
  using namespace trajectory_schema_detail;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTables = {
      {{"", "The file"},
       {"object", "`objects[]`"},
       {"key", "`objects[].keys[]`"},
       {"masks", "`objects[].masks`, when the masks lie in files"},
       {"camera", "`camera[]`"}}};
  std::string page;
  for (const auto& [table, title] : kTables) {
    page += fmt::format("{}**{}**\n\n| key | since | when left out | |\n| --- | --- | --- | --- |\n",
                        page.empty() ? "" : "\n", title);
    for (const TrajectoryField& field : trajectory_fields()) {
      if (field.table != table) continue;
      page +=
          fmt::format("| `{}` | {} | {} | {}{} |\n", field.key, field.version, state(field), field.help, range(field));
    }
  }
  return page;
}

}  // namespace flashmotion
