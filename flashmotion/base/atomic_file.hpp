#pragma once

#include "flashmotion/base/export.hpp"

#include <string>
#include <string_view>

namespace flashmotion {

/// A file that appears whole or not at all: bytes go to a temporary name in the same folder, `commit` makes them
/// durable (fsync of file and folder) and renames. Without `commit` the temporary file is removed and an older file of
/// that name stays as it was. Failures throw `InputError` with the name and the system's reason.
class FLASHMOTION_EXPORT AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::string_view bytes);
  /// Where the bytes are until `commit`; libraries that write files by name may write there. Ends like the final name.
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }
  void commit();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::string path_;
  std::string folder_;
  std::string temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// Writes a whole file through `AtomicFile`.
FLASHMOTION_EXPORT void write_file_atomically(const std::string& path, std::string_view bytes);

}  // namespace flashmotion
