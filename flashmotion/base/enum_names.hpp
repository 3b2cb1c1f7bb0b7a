#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flashmotion {

/// Words of an enumeration, as recipes and logs write them. Specialise with
/// `static constexpr std::array<std::pair<E, std::string_view>, N> values`, every enumerator once.
template <class E>
struct EnumNames;

/// An enumeration that has words.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  EnumNames<E>::values.size();
};

/// The word of a value; `unknown` for a value outside the enumeration.
template <NamedEnum E>
[[nodiscard]] constexpr std::string_view to_string(E value) {
  for (const auto& [candidate, name] : EnumNames<E>::values)
    if (candidate == value) return name;
  return "unknown";
}

/// The value of a word; nothing for an unknown word.
template <NamedEnum E>
[[nodiscard]] constexpr std::optional<E> parse_enum(std::string_view word) {
  for (const auto& [value, name] : EnumNames<E>::values)
    if (name == word) return value;
  return std::nullopt;
}

/// All words, in the order of the declaration.
template <NamedEnum E>
[[nodiscard]] std::vector<std::string> enum_words() {
  std::vector<std::string> words;
  words.reserve(EnumNames<E>::values.size());
  for (const auto& entry : EnumNames<E>::values) words.emplace_back(entry.second);
  return words;
}

}  // namespace flashmotion
