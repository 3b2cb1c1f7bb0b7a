#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/pipeline/pipeline_request.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Clips of a CSV text with the columns id, image, prompt and trajectory in any order, and perhaps seed. Files are
/// relative to `folder`; `id` names the clip, `OUT/ID.mp4`. Fields other than `id` may be empty; a clip without a seed
/// has `seed`. Throws InputError, with the line, for a column that is missing or unknown, an id that is no file's name
/// or stands twice, and a seed that is no whole number. `name` stands for the file.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ClipCase> parse_cases(std::string_view text, std::string_view name,
                                                                   const std::filesystem::path& folder,
                                                                   const std::filesystem::path& out,
                                                                   std::uint64_t seed);

/// The same from a file, whose folder its files are relative to.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<ClipCase> read_cases(const std::filesystem::path& file,
                                                                  const std::filesystem::path& out, std::uint64_t seed);

}  // namespace flashmotion
