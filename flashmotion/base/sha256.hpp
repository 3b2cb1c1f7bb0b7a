#pragma once

#include "flashmotion/base/export.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flashmotion {

/// SHA-256 (FIPS 180-4) of bytes that come in parts.
class FLASHMOTION_EXPORT Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// The digest as 64 lower-case hexadecimal digits; nothing may be added after.
  [[nodiscard]] std::string hex();

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> rest_{};
  std::size_t rest_size_ = 0;
  std::uint64_t total_ = 0;
};

/// Digest of a text.
[[nodiscard]] FLASHMOTION_EXPORT std::string sha256_hex(std::string_view bytes);
/// Digest of a file's bytes. Throws `InputError` when it cannot be read.
[[nodiscard]] FLASHMOTION_EXPORT std::string sha256_of_file(const std::string& path);

}  // namespace flashmotion
