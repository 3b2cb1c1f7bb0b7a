#pragma once

#include "flashmotion/base/export.hpp"

#include <cstddef>
#include <string_view>

namespace flashmotion {

/// Bytes of the UTF-8 character that a text begins with; 0 when it begins with none.
[[nodiscard]] FLASHMOTION_EXPORT std::size_t utf8_length(std::string_view text);

}  // namespace flashmotion
