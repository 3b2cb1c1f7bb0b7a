#pragma once

#include "flashmotion/base/export.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace flashmotion {

/// Where the parts of one clip of a clip folder lie.
struct ClipFiles {
  std::string name;
  std::vector<std::filesystem::path> frames;  // pictures, or
  std::filesystem::path video;                // one file
  std::vector<std::filesystem::path> masks;
  std::string prompt;
  std::string problem;  // why this cannot be a clip; else empty
};

/// All clips of a folder by name, also those with a problem. Hidden files, and files that are no videos, are none.
/// Throws InputError when the folder cannot be read.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ClipFiles> find_clips(const std::filesystem::path& folder);

/// Throws InputError when a picture and the mask beside it have other numbers in their names.
FLASHMOTION_EXPORT void check_numbers(const ClipFiles& files);

}  // namespace flashmotion
