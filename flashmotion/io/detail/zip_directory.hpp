#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace flashmotion::zip_detail {

/// A file inside a zip archive that is stored as it is.
struct ZipEntry {
  std::uint64_t begin = 0;  // of its bytes, from the start of the archive
  std::uint64_t size = 0;
  std::uint32_t crc = 0;  // as the directory states it
};

/// Entries by name, of archives with and without 64-bit sizes. `name` is the archive's, for messages. Throws InputError
/// with the byte when the archive is damaged, has two entries of one name, two that share bytes, or one that is
/// compressed or encrypted.
[[nodiscard]] std::map<std::string, ZipEntry, std::less<>> read_zip_directory(std::string_view bytes,
                                                                              const std::string& name);

/// The checksum that zip archives state of their files.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

}  // namespace flashmotion::zip_detail
