#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// What differs between two resolved recipes.
struct RecipeChanges {
  std::vector<std::string> keys;  // a sentence each: `run.seed was 0 and is 1 now`
  bool moved = false;             // files are named from another folder; they are the same ones

  [[nodiscard]] bool none() const { return keys.empty() && !moved; }
};

/// Compares two resolved recipes key by key, without the plugins that they record. Entries of arrays of tables go by
/// their names. A file whose two names differ by the way to it alone (`../base/slow.safetensors`,
/// `../../toy/base/slow.safetensors`) is the same file, seen from another folder. A key of the toolkit that only the
/// second one has, at its default, is no change: the first was resolved before there was such a key. Throws RecipeError
/// when one is no TOML.
[[nodiscard]] FLASHMOTION_EXPORT RecipeChanges recipe_changes(std::string_view before, std::string_view now);

}  // namespace flashmotion
