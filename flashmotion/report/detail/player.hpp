#pragma once

#include <string>

// Clips that play side by side and in step.

namespace flashmotion::report_detail {

/// A third of a preview video, whose columns are: real, control, generated. `title` is HTML. `source` is a data URI, or
/// `#ID` of a video that holds the same bytes.
[[nodiscard]] std::string player_column(const std::string& title, int third, const std::string& source,
                                        const std::string& id);

/// Columns beside each other.
[[nodiscard]] std::string player_row(const std::string& columns);

/// Videos, in whatever elements, with one button and one slider for all.
[[nodiscard]] std::string player(const std::string& videos);

}  // namespace flashmotion::report_detail
