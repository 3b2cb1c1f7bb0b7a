#pragma once

#include "flashmotion/base/export.hpp"

#include <string>

namespace flashmotion {

/// Writes `report.html` into a run folder from what lies there: results, metrics, previews, recipe, plugins. One file
/// that needs nothing else. Parts that are not there yet are left out. Throws InputError when it is no run folder.
FLASHMOTION_EXPORT void write_report(const std::string& run_folder);

}  // namespace flashmotion
