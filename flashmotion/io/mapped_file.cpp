#include "flashmotion/io/mapped_file.hpp"

#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/error.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace flashmotion {

MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    const std::string why = descriptor < 0 ? std::strerror(errno) : "it is not a file";
    if (descriptor >= 0) ::close(descriptor);
    throw InputError(fmt::format("'{}' could not be opened: {}", path_.string(), why));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  // Private: a write through a view copies the page and never reaches the file. No memory is set aside for such
  // copies, or files larger than the memory could not be mapped.
  void* address =
      size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (address == MAP_FAILED) {
    throw InputError(fmt::format("'{}' could not be mapped into memory: {}", path_.string(), std::strerror(error)));
  }
  map_ = std::shared_ptr<void>(address, [size = size_](void* p) {
    if (p != nullptr) ::munmap(p, size);
  });
  on_disk_ = size_ > 0;
}

MappedFile::MappedFile(std::string bytes, std::filesystem::path name) : path_(std::move(name)), size_(bytes.size()) {
  auto owner = std::make_shared<std::string>(std::move(bytes));
  char* data = owner->data();
  map_ = std::shared_ptr<void>(std::move(owner), data);
}

Tensor MappedFile::view(std::uint64_t begin, at::IntArrayRef shape, at::ScalarType dtype) const {
  const std::uint64_t bytes = static_cast<std::uint64_t>(c10::multiply_integers(shape)) * c10::elementSize(dtype);
  FLASHMOTION_ASSERT(begin <= size_ && bytes <= size_ - begin);
  if (bytes == 0) return at::empty(shape, at::TensorOptions().dtype(dtype));
  char* start = static_cast<char*>(map_.get()) + begin;
  if (begin % c10::elementSize(dtype) != 0) {
    Tensor copy = at::empty(shape, at::TensorOptions().dtype(dtype));
    std::memcpy(copy.mutable_data_ptr(), start, bytes);
    return copy;
  }
  // The deleter holds the map, so that the view may outlive this object.
  return at::from_blob(
      start, shape, [map = map_](void*) {}, at::TensorOptions().dtype(dtype));
}

void MappedFile::advise(const Tensor& tensor, int advice) const {
  if (!on_disk_ || !tensor.defined() || tensor.numel() == 0) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto map = reinterpret_cast<std::uintptr_t>(map_.get());
  const auto begin = reinterpret_cast<std::uintptr_t>(tensor.storage().data());
  if (begin < map || begin >= map + size_) return;
  const std::uintptr_t first = (begin + page - 1) / page * page;  // whole pages; the rest belongs to neighbours too
  const std::uintptr_t last = (begin + tensor.storage().nbytes()) / page * page;
  if (first < last) ::madvise(static_cast<char*>(map_.get()) + (first - map), last - first, advice);
}

void MappedFile::forget(const Tensor& tensor) const { advise(tensor, MADV_DONTNEED); }

void MappedFile::ask_for(const Tensor& tensor) const { advise(tensor, MADV_WILLNEED); }

}  // namespace flashmotion
