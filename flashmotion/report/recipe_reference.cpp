#include "flashmotion/report/recipe_reference.hpp"

#include <fmt/format.h>

#include <string_view>

namespace flashmotion {
namespace recipe_reference_detail {

// A cell of a table in Markdown.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe;
}

// A line of documentation as a sentence.
std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string heading_of(const RecipeTable& table) {
  return table.list ? fmt::format("[[{}]]", table.path) : fmt::format("[{}]", table.path);
}

std::string key_rows(const std::vector<ParameterDoc>& keys) {
  if (keys.empty()) return "\nNo keys of its own.\n";
  std::string text = "\n| key | default | type and range | |\n| --- | --- | --- | --- |\n";
  for (const ParameterDoc& key : keys) {
    const std::string preset = key.preset.empty() ? "" : fmt::format("`{}`", cell(key.preset));
    text += fmt::format("| `{}` | {} | {}{}{} | {} |\n", key.key, preset, cell(key.type), key.rules.empty() ? "" : ", ",
                        cell(key.rules), cell(key.doc));
  }
  return text;
}

std::string kind_text(std::string_view kind, std::span<const ComponentDoc> components) {
  std::string text;
  for (const ComponentDoc& part : components) {
    if (part.kind == kind)
      text += fmt::format("\n#### `use = \"{}\"`\n\n{}.\n{}", part.name, sentence(part.doc), key_rows(part.parameters));
  }
  return text;
}

}  // namespace recipe_reference_detail

std::string recipe_reference(std::span<const RecipeTable> tables, std::span<const ComponentDoc> components) {
  using namespace recipe_reference_detail;
  std::string text;
  for (const RecipeTable& table : tables) {
    text += fmt::format("{}### `{}`\n\n{}{}.\n", text.empty() ? "" : "\n", heading_of(table), sentence(table.doc),
                        table.required ? "; it must be there" : "");
    if (!table.keys.empty() || table.kind.empty()) text += key_rows(table.keys);
    if (!table.kind.empty()) {
      text += table.use.empty() ? "\n`use` names the component and must be given:\n"
                                : fmt::format("\n`use` names the component, `\"{}\"` by default:\n", table.use);
      text += kind_text(table.kind, components);
    }
  }
  return text + "\n### Weight schedules\n\nWhat `weight` of a `[[stage.objective]]` takes in place of a number.\n" +
         kind_text("schedule", components);
}

}  // namespace flashmotion
