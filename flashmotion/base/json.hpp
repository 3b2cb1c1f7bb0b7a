#pragma once

#include "flashmotion/base/export.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Writes JSON text. Numbers are the shortest that read back equal; NaN and infinities become `null`; text that is not
/// UTF-8 gets U+FFFD in place of its bad bytes.
class FLASHMOTION_EXPORT JsonWriter {
 public:
  /// `indent` 0: all in one line (for lines of metrics); otherwise so many blanks a level.
  explicit JsonWriter(int indent = 0);

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// Names the next value; inside objects every value has one.
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(std::nullptr_t);
  template <std::integral T>
  JsonWriter& value(T number) {
    if constexpr (std::same_as<T, bool>)
      return boolean(number);
    else
      return integer(static_cast<std::int64_t>(number));
  }
  /// An array of values.
  template <class T>
  JsonWriter& value(const std::vector<T>& values) {
    begin_array();
    for (const auto& entry : values) value(entry);
    return end_array();
  }
  /// `key` and `value` in one.
  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }

  /// The text; every object and array is closed.
  [[nodiscard]] const std::string& text() const;

 private:
  JsonWriter& boolean(bool value);
  JsonWriter& integer(std::int64_t number);
  JsonWriter& raw(std::string_view text);
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  /// Comma, line and indent before a value or a key.
  void separate();
  void new_line();

  struct Level {
    char bracket;
    bool empty;
  };
  int indent_;
  std::vector<Level> levels_;
  bool after_key_ = false;
  std::string text_;
};

/// A JSON string with its quotes.
[[nodiscard]] FLASHMOTION_EXPORT std::string json_string(std::string_view text);

}  // namespace flashmotion
