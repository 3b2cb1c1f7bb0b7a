#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <vector>

namespace flashmotion {

/// The results of one run, or of several runs (seeds) together, as Markdown that also reads well on a terminal: a table
/// of variants and floors, and the verdict on each expectation by seed. Runs with other adapters get a part of their
/// own. Of several runs each figure is the mean `±` half the distance from the lowest to the highest.
/// Throws InputError when a folder holds no readable `results.json`.
[[nodiscard]] FLASHMOTION_EXPORT std::string results_table(const std::vector<std::string>& run_folders);

}  // namespace flashmotion
