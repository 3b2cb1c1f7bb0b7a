#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>

namespace flashmotion {

/// The content of one file of a zip archive in memory, unpacked if it is deflated. `name` is the archive's, for
/// messages. Throws InputError when the archive is damaged or has no such file.
[[nodiscard]] FLASHMOTION_EXPORT std::string zip_entry(std::string_view archive, const std::string& name,
                                                       std::string_view entry);

/// A zip archive of one file, stored as it is.
[[nodiscard]] FLASHMOTION_EXPORT std::string zip_of_one(std::string_view entry, std::string_view content);

}  // namespace flashmotion
