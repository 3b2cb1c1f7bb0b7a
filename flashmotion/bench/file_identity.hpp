#pragma once

#include "flashmotion/base/export.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

/// A line for a file, or for each file below a folder, in order of names: whole path, size, time of the last change.
/// Hidden files and folders are left out; where nothing is, there is no line. Contents are not read.
FLASHMOTION_EXPORT void add_file_lines(const std::filesystem::path& path, std::vector<std::string>& lines);

/// SHA-256 of these lines: changes when one of the files does.
[[nodiscard]] FLASHMOTION_EXPORT std::string files_identity(const std::filesystem::path& path);

}  // namespace flashmotion
