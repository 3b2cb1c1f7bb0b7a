#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Members of JSON objects that may be missing or of another kind. `Json` is the library's type, which no header names.

namespace flashmotion::report_detail {

template <class Json>
[[nodiscard]] std::string text_or(const Json& object, const char* key, std::string_view otherwise = {}) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::string(otherwise);
  return found->template get<std::string>();
}

template <class Json>
[[nodiscard]] double number_or(const Json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->template get<double>() : otherwise;
}

/// A number that is whole once its fraction is dropped; none where it is missing or no double holds it.
template <class Json>
[[nodiscard]] std::optional<std::int64_t> whole_at(const Json& object, const char* key) {
  const double number = number_or(object, key, NAN);
  if (!(std::abs(number) < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// An object below a key; an empty one when it is missing.
template <class Json>
[[nodiscard]] const Json& object_at(const Json& object, const char* key) {
  static const Json kEmpty = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kEmpty;
}

}  // namespace flashmotion::report_detail
