#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>

namespace flashmotion {

/// Adds bytes at the end of a file, which is made when it is missing. They are whole in the file when the process ends
/// after this, but not before the system writes them when the machine does. Throws `InputError` with the name and the
/// system's reason; a part of the bytes may then be in the file.
FLASHMOTION_EXPORT void append_to_file(const std::string& path, std::string_view bytes);

}  // namespace flashmotion
