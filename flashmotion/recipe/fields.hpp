#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/rules.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A config is an aggregate beside its component, with one declaration a member:
//
//   struct DistilConfig {
//     std::int64_t steps = 4;
//     Precision precision = Precision::float32;
//     static void fields(auto& f, auto& c) {
//       f("steps", c.steps, Range{1, 64}, "denoising steps of the student");
//       f("precision", c.precision, Choices<Precision>{}, "arithmetic of the forward pass");
//     }
//     void validate(Check& check) const;  // optional: mistakes that need several keys
//   };
//
// A call of `f` names the key, the member, its rules (or `required`) and, last, one line of documentation. The reader
// and the dumper are visitors of it. Members: bool, std::int64_t, double, std::string, enumerations with words,
// configs (tables), ComponentNode, ComponentOrNumber, RawNode; std::optional and std::vector of those; std::array of a
// scalar. `f.component(c.part, "…")` reads `use` and leaves the table's other keys to the component of that name.

namespace flashmotion {

namespace detail {

/// The visitor that the concepts ask with.
struct AnyVisitor {
  template <class... Arguments>
  void operator()(std::string_view, Arguments&&...) {}
  template <class... Arguments>
  void component(Arguments&&...) {}
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};

}  // namespace detail

/// A struct that describes its members by `fields`.
template <class C>
concept ConfigStruct = std::default_initializable<C> && std::copyable<C> && requires(detail::AnyVisitor& f, C& c) {
  C::fields(f, c);
};

/// A component that a recipe can configure: it has a `Config`.
template <class T>
concept Configurable = requires {
  typename T::Config;
}
&&ConfigStruct<typename T::Config>;

}  // namespace flashmotion
