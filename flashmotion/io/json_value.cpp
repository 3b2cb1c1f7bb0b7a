#include "flashmotion/io/json_value.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/json_places.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace flashmotion {
namespace json_value_detail {

using Json = nlohmann::json;

constexpr int kMaxDepth = 32;

const Json& json(const void* node) { return *static_cast<const Json*>(node); }

std::string kind(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  constexpr std::size_t kShown = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > kShown ? std::string(value.type_name()) : text;
}

}  // namespace json_value_detail

struct JsonValue::Document {
  std::string text;
  std::string name;
  nlohmann::json root;
};

JsonValue JsonValue::parse(std::string text, std::string name) {
  auto document = std::make_shared<Document>();
  document->text = std::move(text);
  document->name = std::move(name);
  const std::string& source = document->text;
  try {
    document->root = nlohmann::json::parse(
        source.begin(), source.end(), [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
          if (depth > json_value_detail::kMaxDepth) {
            throw InputError("this is nested far deeper than settings are", SourceLocation{document->name, 1, 1});
          }
          return true;
        });
  } catch (const nlohmann::json::parse_error& error) {
    const TextPlace place = place_of(source, json_token_start(source, error.byte == 0 ? 0 : error.byte - 1));
    throw InputError(error.byte > source.size()
                         ? "the text ends too early; a bracket or a quotation mark is not closed"
                         : "this is not valid JSON; look for a missing comma, quotation mark or bracket just before it",
                     SourceLocation{document->name, place.line, place.column});
  } catch (const nlohmann::json::exception&) {
    throw InputError("this holds a number that is out of range", SourceLocation{document->name, 1, 1});
  }
  const JsonPlaces places(source);
  if (!places.repeated().empty()) {
    const std::string& twice = places.repeated().front();
    const TextPlace place = places.key(twice);
    throw InputError(fmt::format("'{}' is given twice; keep one", twice),
                     SourceLocation{document->name, place.line, place.column});
  }
  const void* root = &document->root;
  return {std::move(document), root, ""};
}

JsonValue JsonValue::inner(const void* node, std::string path) const { return {document_, node, std::move(path)}; }

bool JsonValue::is_object() const { return json_value_detail::json(node_).is_object(); }
bool JsonValue::is_array() const { return json_value_detail::json(node_).is_array(); }
bool JsonValue::is_text() const { return json_value_detail::json(node_).is_string(); }
bool JsonValue::is_null() const { return json_value_detail::json(node_).is_null(); }

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  const nlohmann::json& object = json_value_detail::json(node_);
  if (!object.is_object()) fail(fmt::format("must be an object in {{ }}, found {}", json_value_detail::kind(object)));
  const auto found = object.find(std::string(key));
  if (found == object.end() || found->is_null()) return std::nullopt;
  return inner(&*found, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

JsonValue JsonValue::at(std::string_view key) const {
  if (auto value = find(key)) return *std::move(value);
  fail(fmt::format("needs the key '{}'", key));
}

std::vector<std::string> JsonValue::keys() const {
  const nlohmann::json& object = json_value_detail::json(node_);
  if (!object.is_object()) fail(fmt::format("must be an object in {{ }}, found {}", json_value_detail::kind(object)));
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

std::vector<JsonValue> JsonValue::elements() const {
  const nlohmann::json& list = json_value_detail::json(node_);
  if (!list.is_array()) fail(fmt::format("must be a list in [ ], found {}", json_value_detail::kind(list)));
  std::vector<JsonValue> values;
  for (std::size_t i = 0; i < list.size(); ++i) values.push_back(inner(&list[i], fmt::format("{}[{}]", path_, i)));
  return values;
}

std::int64_t JsonValue::whole(std::int64_t low, std::int64_t high) const {
  const nlohmann::json& value = json_value_detail::json(node_);
  if (!value.is_number_integer()) {
    fail(fmt::format("must be a whole number, found {}", json_value_detail::kind(value)));
  }
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (huge || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    fail(fmt::format("must be from {} to {}, found {}", low, high, value.dump()));
  }
  return value.get<std::int64_t>();
}

double JsonValue::number() const {
  const nlohmann::json& value = json_value_detail::json(node_);
  if (!value.is_number()) fail(fmt::format("must be a number, found {}", json_value_detail::kind(value)));
  return value.get<double>();
}

bool JsonValue::boolean() const {
  const nlohmann::json& value = json_value_detail::json(node_);
  if (!value.is_boolean()) fail(fmt::format("must be true or false, found {}", json_value_detail::kind(value)));
  return value.get<bool>();
}

std::string JsonValue::text() const {
  const nlohmann::json& value = json_value_detail::json(node_);
  if (!value.is_string()) {
    fail(fmt::format("must be a text in quotation marks, found {}", json_value_detail::kind(value)));
  }
  return value.get<std::string>();
}

std::vector<std::int64_t> JsonValue::wholes(std::int64_t low, std::int64_t high) const {
  std::vector<std::int64_t> values;
  for (const JsonValue& value : elements()) values.push_back(value.whole(low, high));
  return values;
}

std::vector<double> JsonValue::numbers() const {
  std::vector<double> values;
  for (const JsonValue& value : elements()) values.push_back(value.number());
  return values;
}

const std::string& JsonValue::source() const { return document_->name; }

std::string JsonValue::dump() const {
  return json_value_detail::json(node_).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonValue::fail(const std::string& what) const {
  const TextPlace place = JsonPlaces(document_->text).find(path_);
  throw InputError(path_.empty() ? fmt::format("this {}", what) : fmt::format("'{}' {}", path_, what),
                   SourceLocation{document_->name, place.line, place.column});
}

JsonValue read_json(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return JsonValue::parse(read_file(path.string(), max_bytes), path.string());
}

}  // namespace flashmotion
