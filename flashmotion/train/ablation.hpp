#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/recipe/fields.hpp"

#include <cstdint>
#include <string>
#include <vector>

// An ablation is a recipe with named changes, each over several seeds.

namespace flashmotion {

struct AblationVariantConfig {
  std::string name;
  std::vector<std::string> set;
  std::vector<std::string> drop;

  static void fields(auto& f, auto& c) {
    f("name", c.name, required, NotEmpty{}, "row of the table, and folder of the runs");
    f("set", c.set, "changes of the recipe, written PATH=VALUE as for --set");
    f("drop", c.drop, "what the recipe is to leave out, as for --drop");
  }
};

struct AblationGridConfig {
  std::string key;
  std::vector<std::string> values;

  static void fields(auto& f, auto& c) {
    f("key", c.key, required, NotEmpty{}, "path of a key of the recipe");
    f("values", c.values, required, NotEmpty{}, "its values, each a text as behind --set PATH=");
  }
};

struct AblationConfig {
  std::string recipe;
  std::vector<std::int64_t> seeds{0};
  std::vector<std::string> report;
  std::vector<std::string> set, drop;
  std::vector<AblationVariantConfig> variant;
  std::vector<AblationGridConfig> grid;

  static void fields(auto& f, auto& c) {
    f("recipe", c.recipe, required, NotEmpty{}, "the recipe that is changed, seen from this file");
    f("seeds", c.seeds, NotEmpty{}, AtLeast{0}, "values of run.seed");
    f("report", c.report, "variants of the recipe that make rows of the table; the last one when it is empty");
    f("set", c.set, "changes for all, written PATH=VALUE as for --set");
    f("drop", c.drop, "what all are to leave out, as for --drop");
    f("variant", c.variant, "named changes");
    f("grid", c.grid, "keys whose values are combined, each with each, in variants of their own");
  }
};

/// One row of changes, ready for `read_recipe`.
struct AblationVariant {
  std::string name;
  std::vector<std::string> changes;
};

struct Ablation {
  std::string recipe;  // path
  std::vector<std::int64_t> seeds;
  std::vector<std::string> report;
  std::vector<AblationVariant> variants;  // named ones, then those of the grid
};

/// Reads an ablation file; the recipe it names is not read. Throws RecipeError with all mistakes at once.
[[nodiscard]] FLASHMOTION_EXPORT Ablation read_ablation(const std::string& path);

}  // namespace flashmotion
