#include "flashmotion/base/json.hpp"
#include "flashmotion/report/recipe_reference.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace flashmotion {
namespace recipe_schema_detail {

// Declarations reach this page as the words of ParameterDoc, since that is what crosses from a plugin.

bool take(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return false;
  text.remove_prefix(begin.size());
  return true;
}

std::vector<std::string> quoted_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find('\''); at != std::string_view::npos; at = text.find('\'', at)) {
    const std::size_t end = text.find('\'', at + 1);
    if (end == std::string_view::npos) break;
    words.emplace_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

std::optional<double> number_in(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool must_be_given(const ParameterDoc& key) { return key.rules.find("required") != std::string::npos; }

class SchemaWriter {
 public:
  SchemaWriter(std::span<const RecipeTable> tables, std::span<const ComponentDoc> components)
      : tables_(tables), components_(components) {}

  std::string text() {
    json_.begin_object().field("$schema", "https://json-schema.org/draft/2020-12/schema");
    json_.field("title", "FlashMotion recipe").field("type", "object").key("properties").begin_object();
    json_.key("extends").begin_object().field("type", "string");
    json_.field("description", "recipe that this one begins from, relative to it").end_object();
    tables_inside("");
    json_.end_object().field("additionalProperties", false);
    json_.key("if").begin_object().key("not").begin_object().field("required", std::vector<std::string>{"extends"});
    json_.end_object().end_object().key("then");
    complete("");
    return json_.end_object().text();
  }

 private:
  static std::string name_inside(std::string_view path, std::string_view parent) {
    if (!parent.empty() && (!take(path, parent) || !take(path, "."))) return {};
    return path.empty() || path.find('.') != std::string_view::npos ? std::string() : std::string(path);
  }

  void tables_inside(std::string_view parent) {
    for (const RecipeTable& table : tables_) {
      const std::string name = name_inside(table.path, parent);
      if (name.empty()) continue;
      json_.key(name).begin_object().field("description", table.doc);
      if (table.list) json_.field("type", "array").key("items").begin_object();
      table_schema(table);
      if (table.list) json_.end_object();
      json_.end_object();
    }
  }

  void table_schema(const RecipeTable& table) {
    if (table.kind.empty()) return object(table.path, table.keys, {}, {});
    alternatives(table.kind, table.path, table.keys, table.use);
  }

  // One alternative for each component, one for a plugin's word, one without a word.
  void alternatives(std::string_view kind, std::string_view path, const std::vector<ParameterDoc>& own,
                    std::string_view preset) {
    std::vector<std::string> words;
    json_.key("anyOf").begin_array();
    for (const ComponentDoc& part : components_) {
      if (part.kind != kind) continue;
      words.push_back(part.name);
      json_.begin_object().field("description", part.doc);
      object(path, own, part.name, part.parameters);
      if (part.name != preset) json_.field("required", std::vector<std::string>{"use"});
      json_.end_object();
    }
    if (kind != "data" && kind != "codec" && kind != "generator") open(path, own, words);
    if (preset.empty()) without_use();
    json_.end_array();
  }

  void open(std::string_view path, const std::vector<ParameterDoc>& own, const std::vector<std::string>& known) {
    json_.begin_object().field("description", "a plugin's component").field("type", "object");
    json_.key("properties").begin_object().key("use").begin_object().field("type", "string").key("not");
    json_.begin_object().field("enum", known).end_object().end_object();
    nested(own, {});
    if (!path.empty()) tables_inside(path);
    json_.end_object().field("required", std::vector<std::string>{"use"}).end_object();
  }

  // Where `extends` brings the word.
  void without_use() {
    json_.begin_object().field("description", "keys of an inherited component").field("type", "object").key("not");
    json_.begin_object().field("required", std::vector<std::string>{"use"}).end_object().end_object();
  }

  // `use` is the component's word; empty: the table is none.
  void object(std::string_view path, const std::vector<ParameterDoc>& own, std::string_view use,
              const std::vector<ParameterDoc>& more) {
    json_.field("type", "object").key("properties").begin_object();
    if (!use.empty()) json_.key("use").begin_object().field("const", use).end_object();
    std::vector<ParameterDoc> keys = own;
    keys.insert(keys.end(), more.begin(), more.end());
    nested(keys, {});
    if (!path.empty()) tables_inside(path);
    json_.end_object().field("additionalProperties", false);
  }

  // Dotted keys become tables.
  void nested(const std::vector<ParameterDoc>& keys, std::string_view prefix) {
    std::vector<std::string_view> done;
    for (const ParameterDoc& key : keys) {
      std::string_view name = key.key;
      if (!take(name, prefix)) continue;
      const std::size_t dot = name.find('.');
      if (dot == std::string_view::npos) {
        json_.key(name).begin_object();
        if (!key.doc.empty()) json_.field("description", key.doc);
        value_schema(key.type, key.rules);
        preset(key);
        json_.end_object();
        continue;
      }
      const std::string_view table = name.substr(0, dot);
      if (std::find(done.begin(), done.end(), table) != done.end()) continue;
      done.push_back(table);
      json_.key(table).begin_object().field("type", "object").key("properties").begin_object();
      nested(keys, std::string(prefix) + std::string(table) + ".");
      json_.end_object().field("additionalProperties", false).end_object();
    }
  }

  void value_schema(std::string_view type, const std::string& rules) {
    if (const std::size_t end = type.find(", may be left out"); end != std::string_view::npos)
      type = type.substr(0, end);
    if (take(type, "list of ")) return list_schema(type, rules);
    if (type.starts_with("one of ")) {
      json_.field("enum", quoted_words(type));
    } else if (type == "number or component") {
      json_.key("anyOf").begin_array().begin_object();
      json_.field("type", "number");
      ranges(rules);
      json_.end_object().begin_object();
      alternatives("schedule", {}, {}, {});
      json_.end_object().end_array();
    } else if (type == "table" || type == "component") {
      json_.field("type", "object");
    } else if (type != "any value") {
      json_.field("type", type);
      if (type == "string") {
        if (rules.find("one of ") != std::string::npos) json_.field("enum", quoted_words(rules));
        if (rules.find("not be empty") != std::string::npos) json_.field("minLength", 1);
      } else {
        ranges(rules);
      }
    }
  }

  void list_schema(std::string_view type, const std::string& rules) {
    json_.field("type", "array");
    const std::size_t blank = type.find(' ');
    if (const auto count = blank == std::string_view::npos ? std::nullopt : number_in(type.substr(0, blank))) {
      json_.field("minItems", static_cast<std::int64_t>(*count)).field("maxItems", static_cast<std::int64_t>(*count));
      type.remove_prefix(blank + 1);
    }
    if (rules.find("not be empty") != std::string::npos) json_.field("minItems", 1);
    if (const std::size_t at = rules.find("a list of length "); at != std::string::npos) {
      if (const auto count = number_in(std::string_view(rules).substr(at + 17)))
        json_.field("minItems", static_cast<std::int64_t>(*count)).field("maxItems", static_cast<std::int64_t>(*count));
    }
    json_.key("items").begin_object();
    value_schema(type, rules.find("not be empty") == std::string::npos ? rules : std::string());
    json_.end_object();
  }

  void ranges(std::string_view rules) {
    while (!rules.empty()) {
      const std::size_t comma = rules.find(", ");
      std::string_view rule = rules.substr(0, comma);
      rules = comma == std::string_view::npos ? std::string_view() : rules.substr(comma + 2);
      if (take(rule, "between ")) {
        const std::size_t middle = rule.find(" and ");
        bound("minimum", rule.substr(0, middle));
        if (middle != std::string_view::npos) bound("maximum", rule.substr(middle + 5));
      } else if (take(rule, "at least ")) {
        bound("minimum", rule);
      } else if (take(rule, "at most ")) {
        bound("maximum", rule);
      } else if (take(rule, "above ")) {
        bound("exclusiveMinimum", rule);
      } else if (take(rule, "below ")) {
        bound("exclusiveMaximum", rule);
      }
    }
  }

  void bound(std::string_view keyword, std::string_view text) {
    if (const auto value = number_in(text)) json_.field(keyword, *value);
  }

  void preset(const ParameterDoc& key) {
    const std::string& text = key.preset;
    if (text.empty()) return;
    if (text == "true" || text == "false") {
      json_.field("default", text == "true");
    } else if (const auto number = number_in(text)) {
      json_.field("default", *number);
    } else if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'' && text.size() < 60) {
      json_.field("default", text.substr(1, text.size() - 2));
    }
  }

  // What must be given, for recipes that inherit nothing.
  void complete(std::string_view parent) {
    json_.begin_object();
    std::vector<std::string> required;
    for (const RecipeTable& table : tables_) {
      if (parent.empty() && table.required) required.push_back(table.path);
      if (table.path != parent) continue;
      if (!table.kind.empty() && table.use.empty()) required.emplace_back("use");
      for (const ParameterDoc& key : table.keys)
        if (must_be_given(key)) required.push_back(key.key);
    }
    if (!required.empty()) json_.field("required", required);
    json_.key("properties").begin_object();
    for (const RecipeTable& table : tables_) {
      const std::string name = name_inside(table.path, parent);
      if (name.empty()) continue;
      json_.key(name);
      if (table.list) json_.begin_object().key("items");
      complete(table.path);
      if (table.list) json_.end_object();
    }
    json_.end_object().end_object();
  }

  std::span<const RecipeTable> tables_;
  std::span<const ComponentDoc> components_;
  JsonWriter json_{2};
};

}  // namespace recipe_schema_detail

std::string recipe_schema(std::span<const RecipeTable> tables, std::span<const ComponentDoc> components) {
  return recipe_schema_detail::SchemaWriter(tables, components).text() + "\n";
}

}  // namespace flashmotion
