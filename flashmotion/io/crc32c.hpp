#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string_view>

namespace flashmotion {

/// The checksum CRC-32C (Castagnoli) of bytes, as in RFC 3720, appendix B.4.
[[nodiscard]] FLASHMOTION_EXPORT std::uint32_t crc32c(std::string_view bytes);

}  // namespace flashmotion
