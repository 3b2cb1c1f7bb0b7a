#include "flashmotion/base/json.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/utf8.hpp"

#include <fmt/format.h>

#include <cmath>

namespace flashmotion {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else if (byte == '"' || byte == '\\')
      out += {'\\', text.front()};
    else if (byte == '\n')
      out += "\\n";
    else if (byte == '\t')
      out += "\\t";
    else if (byte < 0x20)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

JsonWriter::JsonWriter(int indent) : indent_(indent) {}

void JsonWriter::new_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(levels_.size() * static_cast<std::size_t>(indent_), ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) {
    FLASHMOTION_ASSERT(text_.empty());  // one value at the top
    return;
  }
  if (!levels_.back().empty) text_ += indent_ == 0 ? ", " : ",";
  levels_.back().empty = false;
  new_line();
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  FLASHMOTION_ASSERT(levels_.empty() || levels_.back().bracket == '[' || after_key_);  // members have keys
  separate();
  text_ += text;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  raw({&bracket, 1});
  levels_.push_back({bracket, true});
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  FLASHMOTION_ASSERT(!levels_.empty() && levels_.back().bracket == bracket && !after_key_);
  const bool empty = levels_.back().empty;
  levels_.pop_back();
  if (!empty) new_line();
  text_ += bracket == '{' ? '}' : ']';
  return *this;
}

JsonWriter& JsonWriter::begin_object() { return open('{'); }
JsonWriter& JsonWriter::end_object() { return close('{'); }
JsonWriter& JsonWriter::begin_array() { return open('['); }
JsonWriter& JsonWriter::end_array() { return close('['); }

JsonWriter& JsonWriter::key(std::string_view name) {
  FLASHMOTION_ASSERT(!levels_.empty() && levels_.back().bracket == '{' && !after_key_);
  separate();
  text_ += json_string(name);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) { return raw(json_string(text)); }
JsonWriter& JsonWriter::value(double number) { return raw(std::isfinite(number) ? fmt::format("{}", number) : "null"); }
JsonWriter& JsonWriter::value(std::nullptr_t) { return raw("null"); }
JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::integer(std::int64_t number) { return raw(fmt::format("{}", number)); }

const std::string& JsonWriter::text() const {
  FLASHMOTION_ASSERT(levels_.empty());
  return text_;
}

}  // namespace flashmotion
