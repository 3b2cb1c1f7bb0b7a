#pragma once

#include "flashmotion/report/detail/run_data.hpp"

#include <string>

// The parts of the page, each as HTML. A part for which the run folder holds nothing is a sentence that says so.

namespace flashmotion::report_detail {

[[nodiscard]] std::string heading_section(const RunData& run);
[[nodiscard]] std::string verdict_section(const RunData& run);
[[nodiscard]] std::string table_section(const RunData& run);
[[nodiscard]] std::string scatter_section(const RunData& run);
[[nodiscard]] std::string clip_section(const RunData& run);
[[nodiscard]] std::string stage_section(const RunData& run);
[[nodiscard]] std::string curve_section(const RunData& run);
[[nodiscard]] std::string alarm_section(const RunData& run);
[[nodiscard]] std::string recipe_section(const RunData& run);
[[nodiscard]] std::string environment_section(const RunData& run);

/// Colour of the variant at this place of the list, as CSS; the same wherever the page shows it.
[[nodiscard]] std::string variant_colour(std::size_t index);

/// Style and script of the page.
[[nodiscard]] std::string page_style();
[[nodiscard]] std::string page_script();

}  // namespace flashmotion::report_detail
