#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Members of JSON objects that may be missing or of another kind.

namespace flashmotion::report_detail {

using Json = nlohmann::ordered_json;  // members keep the order of the file

[[nodiscard]] inline std::string text_or(const Json& object, const char* key, std::string_view otherwise = {}) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

[[nodiscard]] inline double number_or(const Json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

/// A number that is whole once its fraction is dropped; none where it is missing or no double holds it.
[[nodiscard]] inline std::optional<std::int64_t> whole_at(const Json& object, const char* key) {
  const double number = number_or(object, key, NAN);
  if (!(std::abs(number) < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// An object below a key; an empty one when it is missing.
[[nodiscard]] inline const Json& object_at(const Json& object, const char* key) {
  static const Json kEmpty = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kEmpty;
}

}  // namespace flashmotion::report_detail
