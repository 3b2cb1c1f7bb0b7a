#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace flashmotion {

/// All bytes of a regular file. Throws `InputError` (name, reason of the system) when the file is missing, is a folder,
/// cannot be read, or has more than `max_bytes`.
[[nodiscard]] FLASHMOTION_EXPORT std::string read_file(
    const std::string& path, std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace flashmotion
