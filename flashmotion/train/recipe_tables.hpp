#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/plugin/entry.hpp"
#include "flashmotion/plugin/listing.hpp"

#include <string>
#include <vector>

namespace flashmotion {

/// A table of a recipe, as its config declares it.
struct RecipeTable {
  std::string path;                // `run`, `stage`, `stage.objective`, …; the top level is not among them
  bool list = false;               // `[[…]]`
  bool required = false;           // a recipe without it is none
  std::string doc{};               // one line
  std::string kind{};              // of the component that its other keys belong to; empty: none
  std::string use{};               // component that is meant when `use` is not given; empty: it must be given
  std::vector<ParameterDoc> keys;  // its own; those of nested tables are dotted
};

/// The tables of a recipe, in the order of its declaration, each before those inside it.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<RecipeTable> recipe_tables();

/// Datasets, codecs and generators, which no plugin brings: kinds `data`, `codec` and `generator`.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ComponentDoc> describe_parts();

}  // namespace flashmotion
