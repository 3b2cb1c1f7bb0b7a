#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// Order of names in which runs of digits count as numbers: `2.png` before `10.png`.
[[nodiscard]] FLASHMOTION_EXPORT bool natural_less(const std::string& a, const std::string& b);

/// The last run of digits in a name, as a number.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::int64_t> last_number(const std::string& name);

/// Whether a name ends as pictures' names do: `.png`, `.jpg` and the like, in either case.
[[nodiscard]] FLASHMOTION_EXPORT bool has_picture_name(const std::filesystem::path& path);

/// The same for videos: `.mp4`, `.mkv` and the like.
[[nodiscard]] FLASHMOTION_EXPORT bool has_video_name(const std::filesystem::path& path);

/// The pictures of a folder in natural order, hidden files left out; none where there is no such folder.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);

}  // namespace flashmotion
