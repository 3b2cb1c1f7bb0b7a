#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion {

/// A run of an ablation.
struct AblationRun {
  std::string variant;
  std::int64_t seed = 0;
  std::string folder;   // run folder, below that of the ablation
  std::string failure;  // empty when it went through
};

/// Writes what an ablation gave into its folder: `ablation.csv`, `.json`, `.tex` and a self-contained `.html`. A row is
/// a variant of the ablation with one of the recipe's variants of `report` (the last one when it is empty): mean over
/// seeds and half the distance from the lowest to the highest; the best and the second best figure are marked. Runs
/// that failed are listed. Returns the table as Markdown. Throws InputError when a `results.json` is damaged.
FLASHMOTION_EXPORT std::string write_ablation(const std::string& folder, const std::vector<AblationRun>& runs,
                                              const std::vector<std::string>& report);

}  // namespace flashmotion
