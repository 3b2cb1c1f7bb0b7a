#include "flashmotion/io/atomic_file.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace flashmotion {
namespace atomic_file_detail {

std::string reason() { return std::strerror(errno); }

// A rename is safe only once the data is on the disk, and lasts only once the folder is.
void sync_path(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace atomic_file_detail

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::filesystem::path temporary = path;
  temporary.replace_filename(fmt::format(".{}.{}.part", path.filename().string(), ::getpid()));
  return temporary;
}

void publish(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  atomic_file_detail::sync_path(temporary, O_RDONLY);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string why = atomic_file_detail::reason();
    ::unlink(temporary.c_str());
    throw InputError(fmt::format("'{}' could not be written: {}", path.string(), why));
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  atomic_file_detail::sync_path(folder, O_RDONLY | O_DIRECTORY);
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw InputError(fmt::format("'{}' could not be written: {}", path_.string(), atomic_file_detail::reason()));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      throw Error(fmt::format("'{}' could not be written: {}", path_.string(), atomic_file_detail::reason()));
    }
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) {
    const std::string why = atomic_file_detail::reason();
    ::unlink(temporary_.c_str());
    throw Error(fmt::format("'{}' could not be written: {}", path_.string(), why));
  }
  publish(temporary_, path_);
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace flashmotion
