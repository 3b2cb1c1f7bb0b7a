#include "flashmotion/recipe/node.hpp"

#include <fmt/format.h>

namespace flashmotion {

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (out.size() >= kLongest && (byte & 0xC0) != 0x80) return out + "…";
    if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

ConfigNode::~ConfigNode() = default;
Reporter::~Reporter() = default;

std::string value_text(const ConfigNode& node) {
  switch (node.kind()) {
    case NodeKind::string:
      return fmt::format("'{}'", printable(node.string_value()));
    case NodeKind::integer:
      return fmt::format("{}", node.integer_value());
    case NodeKind::floating: {
      const std::string text = fmt::format("{}", node.floating_value());
      return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
    }
    case NodeKind::boolean:
      return node.boolean_value() ? "true" : "false";
    case NodeKind::table:
      return "a table";
    case NodeKind::array:
      return "an array";
    case NodeKind::date_time:
      return "a date or time";
  }
  return "an unknown value";
}

std::string describe_node(const ConfigNode& node) {
  switch (node.kind()) {
    case NodeKind::string:
      return "string " + value_text(node);
    case NodeKind::integer:
      return "integer " + value_text(node);
    case NodeKind::floating:
      return "number " + value_text(node);
    case NodeKind::boolean:
      return "boolean " + value_text(node);
    default:
      return value_text(node);
  }
}

}  // namespace flashmotion
