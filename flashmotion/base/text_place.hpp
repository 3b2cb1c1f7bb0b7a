#pragma once

#include "flashmotion/base/export.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flashmotion {

/// A place in a text. Both count from 1; columns count characters, not bytes.
struct TextPlace {
  std::int64_t line = 1;
  std::int64_t column = 1;
};

/// Line and column of a byte in a text; of its end when there is no such byte.
[[nodiscard]] FLASHMOTION_EXPORT TextPlace place_of(std::string_view text, std::size_t byte);

}  // namespace flashmotion
