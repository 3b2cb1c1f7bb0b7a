#include "flashmotion/recipe/toml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace flashmotion {
namespace toml_writer_detail {

std::string string_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04X}", byte);
    else
      out += c;
  }
  return out + '"';
}

std::string key_text(const std::string& key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), bare) ? key : string_literal(key);
}

std::string number(double value) {
  std::string text = fmt::format("{}", value);
  // Without a mark of a floating number it would read back as an integer.
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

bool is_table_list(const ConfigNode& node) {
  if (!node.is(NodeKind::array) || node.size() == 0) return false;
  for (std::size_t i = 0; i < node.size(); ++i)
    if (!node.element(i).is(NodeKind::table)) return false;
  return true;
}

/// A value on one line.
std::string inline_value(const ConfigNode& node) {
  std::string out;
  switch (node.kind()) {
    case NodeKind::string:
      return string_literal(node.string_value());
    case NodeKind::integer:
      return fmt::format("{}", node.integer_value());
    case NodeKind::floating:
      return number(node.floating_value());
    case NodeKind::boolean:
      return node.boolean_value() ? "true" : "false";
    case NodeKind::array:
      for (std::size_t i = 0; i < node.size(); ++i)
        if (!node.element(i).is(NodeKind::date_time)) out += (out.empty() ? "" : ", ") + inline_value(node.element(i));
      return fmt::format("[{}]", out);
    case NodeKind::table:
      for (const std::string& key : node.keys())
        if (!node.child(key)->is(NodeKind::date_time))
          out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", key_text(key), inline_value(*node.child(key)));
      return out.empty() ? "{}" : fmt::format("{{ {} }}", out);
    case NodeKind::date_time:
      break;
  }
  return {};
}

void write_table(const ConfigNode& table, const std::string& path, std::string& out) {
  const auto has_header = [](const ConfigNode& node) { return node.is(NodeKind::table) || is_table_list(node); };
  for (const std::string& key : table.keys()) {
    const ConfigNode& value = *table.child(key);
    if (!has_header(value) && !value.is(NodeKind::date_time))
      out += fmt::format("{} = {}\n", key_text(key), inline_value(value));
  }
  for (const std::string& key : table.keys()) {
    const ConfigNode& value = *table.child(key);
    if (!has_header(value)) continue;
    const std::string inner = path.empty() ? key_text(key) : fmt::format("{}.{}", path, key_text(key));
    const std::string gap = out.empty() ? "" : "\n";
    if (value.is(NodeKind::table)) {
      out += fmt::format("{}[{}]\n", gap, inner);
      write_table(value, inner, out);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      out += fmt::format("{}[[{}]]\n", i == 0 ? gap : "\n", inner);
      write_table(value.element(i), inner, out);
    }
  }
}

}  // namespace toml_writer_detail

std::string to_toml(const ConfigNode& table) {
  std::string out;
  toml_writer_detail::write_table(table, {}, out);
  return out;
}

}  // namespace flashmotion
