#include "flashmotion/recipe/toml_document.hpp"

#include "flashmotion/base/read_file.hpp"
#include "flashmotion/recipe/toml_depth.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace flashmotion {
namespace toml_document_detail {

constexpr std::uint64_t kMostBytes = 4u << 20;
constexpr std::size_t kMostKeys = 10000;     // of one table
constexpr std::size_t kMostValues = 100000;  // of a file

[[noreturn]] void refuse(const std::string& file, const std::string& text, SourceLocation where,
                         const std::string& message) {
  Diagnostics diagnostics;
  if (!text.empty()) diagnostics.add_source(file, text);
  diagnostics.error({std::move(where), 1}, message);
  diagnostics.throw_if_any();
  std::abort();  // not reached: there is a mistake
}

/// Turns toml++'s nodes into ours.
struct Converter {
  const std::string& file;
  const std::string& text;
  std::size_t values = 0;
  std::optional<SourceRegion> fixed{};  // the place of everything, for values that stand in no file

  [[nodiscard]] SourceRegion region(const toml::source_region& source) const {
    if (fixed) return *fixed;
    if (!source.begin) return {};
    SourceRegion made{
        {file, static_cast<std::int64_t>(source.begin.line), static_cast<std::int64_t>(source.begin.column)}};
    // A value over several lines is marked to the end of its first; the printer cuts at the line's end.
    constexpr std::int64_t kWholeLine = 1 << 20;
    made.length = source.end.line == source.begin.line
                      ? std::max<std::int64_t>(1, static_cast<std::int64_t>(source.end.column) - made.begin.column)
                      : kWholeLine;
    return made;
  }

  [[nodiscard]] TreeNode::Ptr convert(const toml::node& node) {
    const SourceRegion where = region(node.source());
    if (++values > kMostValues)
      refuse(file, text, where.begin, fmt::format("a recipe may have {} values", kMostValues));
    if (const auto* table = node.as_table()) return convert_table(*table, where);
    if (const auto* array = node.as_array()) {
      auto made = TreeNode::make_array(where);
      for (const toml::node& element : *array) made->push(convert(element));
      return made;
    }
    if (const auto* value = node.as_string()) return TreeNode::make_string(value->get(), where);
    if (const auto* value = node.as_integer()) return TreeNode::make_integer(value->get(), where);
    if (const auto* value = node.as_floating_point()) return TreeNode::make_floating(value->get(), where);
    if (const auto* value = node.as_boolean()) return TreeNode::make_boolean(value->get(), where);
    return TreeNode::make_date_time(where);
  }

  /// toml++ sorts keys by name; here they come in the order of the file.
  [[nodiscard]] TreeNode::Ptr convert_table(const toml::table& table, const SourceRegion& where) {
    if (table.size() > kMostKeys)
      refuse(file, text, where.begin, fmt::format("a table may have {} keys, found {}", kMostKeys, table.size()));
    struct Entry {
      const toml::key* key;
      const toml::node* value;
    };
    std::vector<Entry> entries;
    for (const auto& [key, value] : table) entries.push_back({&key, &value});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.key->source().begin < b.key->source().begin; });

    auto made = TreeNode::make_table(where);
    for (const Entry& entry : entries)
      made->put(std::string(entry.key->str()), convert(*entry.value), region(entry.key->source()));
    return made;
  }
};

/// The parser's words without their formula: `Error while parsing X: Y` becomes `Y (in X)`.
std::string reason(std::string_view description) {
  constexpr std::string_view formula = "Error while parsing ";
  const std::size_t colon = description.find(": ");
  if (!description.starts_with(formula) || colon == std::string_view::npos) return std::string(description);
  const std::string_view what = description.substr(formula.size(), colon - formula.size());
  return fmt::format("{} (in {})", description.substr(colon + 2), what);
}

toml::table parse(const std::string& text, const std::string& file) {
  const auto location = [&](std::int64_t line, std::int64_t column) { return SourceLocation{file, line, column}; };
  if (const auto place = not_utf8(text))
    refuse(file, "", location(place->line, place->column), "the file is not UTF-8 text");
  if (const auto place = too_deep(text))
    refuse(file, text, location(place->line, place->column), "tables, arrays or keys are nested too deeply");
  try {
    return toml::parse(std::string_view(text));
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    refuse(file, text, location(static_cast<std::int64_t>(at.line), static_cast<std::int64_t>(at.column)),
           fmt::format("not valid TOML: {}", reason(error.description())));
  } catch (const std::exception& error) {
    refuse(file, text, location(0, 0), fmt::format("not valid TOML: {}", error.what()));
  }
}

}  // namespace toml_document_detail

TomlDocument::TomlDocument(std::string file, std::string text, TreeNode::Ptr root)
    : file_(std::move(file)), text_(std::move(text)), root_(std::move(root)) {}

TomlDocument TomlDocument::from_file(const std::string& path) {
  std::string text;
  try {
    text = read_file(path, toml_document_detail::kMostBytes);
  } catch (const InputError& error) {
    throw RecipeError(fmt::format("recipe {}", error.message()));
  }
  return from_text(std::move(text), path);
}

TomlDocument TomlDocument::from_text(std::string text, std::string file) {
  using namespace toml_document_detail;
  if (text.size() > kMostBytes)
    throw RecipeError(fmt::format("recipe '{}' has more than the {} bytes allowed", file, kMostBytes));
  const toml::table table = parse(text, file);
  TreeNode::Ptr root = Converter{file, text}.convert_table(table, {{file, 0, 0}, 1});
  return {std::move(file), std::move(text), std::move(root)};
}

TreeNode::Ptr parse_toml_value(std::string_view text, const SourceRegion& where) {
  const std::string line = fmt::format("value = {}", text);
  if (not_utf8(line) || too_deep(line)) return nullptr;
  try {
    const toml::table table = toml::parse(std::string_view(line));
    const toml::node* value = table.get("value");
    if (table.size() != 1 || value == nullptr) return nullptr;
    return toml_document_detail::Converter{where.begin.file, line, 0, where}.convert(*value);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace flashmotion
