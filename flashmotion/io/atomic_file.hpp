#pragma once

#include "flashmotion/base/export.hpp"

#include <filesystem>
#include <string_view>

namespace flashmotion {

/// A file that appears whole or not at all: bytes go to a temporary name beside it, and `commit`
/// syncs and renames. Without `commit` the destructor removes what was written.
class FLASHMOTION_EXPORT AtomicFile {
 public:
  /// Opens the temporary file. Throws InputError when the folder does not exist or cannot be written.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes. Throws Error when the disk refuses them.
  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Syncs to the disk and gives the file its name.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// Name for writing beside `path`, unique to this process, in the same folder.
[[nodiscard]] FLASHMOTION_EXPORT std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Syncs a finished temporary file and renames it to `path`.
FLASHMOTION_EXPORT void publish(const std::filesystem::path& temporary, const std::filesystem::path& path);

/// Writes a whole text at once, whole or not at all.
FLASHMOTION_EXPORT void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace flashmotion
