#pragma once

#include "flashmotion/base/export.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flashmotion {

namespace detail {

[[nodiscard]] FLASHMOTION_EXPORT std::string number_text(double value);
[[nodiscard]] FLASHMOTION_EXPORT std::string number_text(std::int64_t value);
[[nodiscard]] FLASHMOTION_EXPORT std::string rule_text(std::string_view words, const std::string& value);
[[nodiscard]] FLASHMOTION_EXPORT std::string between_text(const std::string& low, const std::string& high);
[[nodiscard]] FLASHMOTION_EXPORT std::string one_of_text(const std::vector<std::string>& names);

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

template <Number T>
[[nodiscard]] std::string bound_text(T value) {
  if constexpr (std::integral<T>)
    return number_text(static_cast<std::int64_t>(value));
  else
    return number_text(static_cast<double>(value));
}

/// A bound fits a member: whole bounds fit both kinds of number, others only `double`.
template <class V, class T>
concept BoundOf = (std::same_as<V, double> || (std::same_as<V, std::int64_t> && std::integral<T>));

}  // namespace detail

/// The recipe must give this key.
struct Required {};
inline constexpr Required required{};

/// From `low` to `high`, both included.
template <detail::Number T>
struct Range {
  T low;
  T high;
  template <detail::BoundOf<T> V>
  [[nodiscard]] bool holds(const V& value) const {
    return value >= static_cast<V>(low) && value <= static_cast<V>(high);
  }
  [[nodiscard]] std::string text() const {
    return detail::between_text(detail::bound_text(low), detail::bound_text(high));
  }
};
template <class T>
Range(T, T) -> Range<T>;

/// Greater than the bound.
template <detail::Number T>
struct Above {
  T bound;
  template <detail::BoundOf<T> V>
  [[nodiscard]] bool holds(const V& value) const {
    return value > static_cast<V>(bound);
  }
  [[nodiscard]] std::string text() const { return detail::rule_text("be above", detail::bound_text(bound)); }
};
template <class T>
Above(T) -> Above<T>;

/// The bound or greater.
template <detail::Number T>
struct AtLeast {
  T bound;
  template <detail::BoundOf<T> V>
  [[nodiscard]] bool holds(const V& value) const {
    return value >= static_cast<V>(bound);
  }
  [[nodiscard]] std::string text() const { return detail::rule_text("be at least", detail::bound_text(bound)); }
};
template <class T>
AtLeast(T) -> AtLeast<T>;

/// Less than the bound.
template <detail::Number T>
struct Below {
  T bound;
  template <detail::BoundOf<T> V>
  [[nodiscard]] bool holds(const V& value) const {
    return value < static_cast<V>(bound);
  }
  [[nodiscard]] std::string text() const { return detail::rule_text("be below", detail::bound_text(bound)); }
};
template <class T>
Below(T) -> Below<T>;

/// The bound or less.
template <detail::Number T>
struct AtMost {
  T bound;
  template <detail::BoundOf<T> V>
  [[nodiscard]] bool holds(const V& value) const {
    return value <= static_cast<V>(bound);
  }
  [[nodiscard]] std::string text() const { return detail::rule_text("be at most", detail::bound_text(bound)); }
};
template <class T>
AtMost(T) -> AtMost<T>;

/// The words of an enumeration. The reader knows them from the member; this states it in the declaration.
template <class E>
struct Choices {};

/// One of some words, for strings.
struct OneOf {
  std::vector<std::string> words;
  [[nodiscard]] bool holds(const std::string& value) const {
    for (const std::string& word : words)
      if (word == value) return true;
    return false;
  }
  [[nodiscard]] std::string text() const { return detail::one_of_text(words); }
};

/// A string, or a list as a whole, that has something in it.
struct NotEmpty {
  static constexpr bool kWhole = true;
  [[nodiscard]] bool holds(const auto& value) const requires requires { value.empty(); }
  { return !value.empty(); }
  [[nodiscard]] std::string text() const { return "not be empty"; }
};

/// A list of exactly so many entries.
struct Length {
  static constexpr bool kWhole = true;
  std::size_t count;
  template <class T>
  [[nodiscard]] bool holds(const std::vector<T>& value) const {
    return value.size() == count;
  }
  [[nodiscard]] std::string text() const {
    return detail::rule_text("be a list of length", detail::number_text(static_cast<std::int64_t>(count)));
  }
};

namespace detail {

/// A rule that can judge a member of type V; `text` completes a sentence that begins with "must".
template <class R, class V>
concept RuleFor = requires(const R& rule, const V& value) {
  { rule.holds(value) } -> std::same_as<bool>;
  { rule.text() } -> std::same_as<std::string>;
};

template <class R>
concept WholeRule = R::kWhole;

}  // namespace detail

}  // namespace flashmotion
