#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace flashmotion::zip_detail {

/// A file inside a zip archive.
struct ZipEntry {
  std::uint64_t begin = 0;   // of its bytes, from the start of the archive
  std::uint64_t size = 0;    // of the file
  std::uint32_t crc = 0;     // of the file, as the directory states it
  std::uint64_t packed = 0;  // bytes in the archive
  bool deflated = false;     // otherwise it is stored as it is
};

/// Whether an archive may hold deflated files.
enum class ZipPacking { stored, deflated };

/// Entries by name, of archives with and without 64-bit sizes. `name` is the archive's, for messages. Throws InputError
/// with the byte when the archive is damaged, has two entries of one name, two that share bytes, or one that is
/// encrypted or packed otherwise than allowed.
[[nodiscard]] std::map<std::string, ZipEntry, std::less<>> read_zip_directory(std::string_view bytes,
                                                                              const std::string& name,
                                                                              ZipPacking allowed = ZipPacking::stored);

/// The content of an entry, unpacked. `name` is the archive's, for messages. Throws InputError when it is damaged.
[[nodiscard]] std::string zip_content(std::string_view bytes, const ZipEntry& entry, const std::string& name);

/// The checksum that zip archives state of their files.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

}  // namespace flashmotion::zip_detail
