#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace flashmotion {

/// A file mapped into memory: its bytes are read when they are first looked at, and take no memory that the system
/// cannot take back. Copies share the map.
class FLASHMOTION_EXPORT MappedFile {
 public:
  /// Throws InputError when there is no such file or it cannot be mapped.
  explicit MappedFile(std::filesystem::path path);
  /// Bytes in memory that are treated as the file `name`.
  MappedFile(std::string bytes, std::filesystem::path name);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {static_cast<const char*>(map_.get()), static_cast<std::size_t>(size_)};
  }

  /// The bytes from `begin` on as a contiguous tensor on the CPU, which keeps the map alive. Writing to it changes this
  /// process's copy of the page and never the file. Bytes that do not lie on the boundary of their type are copied.
  /// What is asked for must lie inside the file.
  [[nodiscard]] Tensor view(std::uint64_t begin, at::IntArrayRef shape, at::ScalarType dtype) const;

  /// Lets the system take back the memory of a tensor that views this file; its bytes are read again when they are
  /// looked at again, so what was written to it is lost. Does nothing for other tensors.
  void forget(const Tensor& tensor) const;
  /// Asks the system to read a tensor's bytes, without waiting for them: it is going to be looked at. Does nothing for
  /// other tensors.
  void ask_for(const Tensor& tensor) const;

 private:
  void advise(const Tensor& tensor, int advice) const;

  std::filesystem::path path_;
  std::shared_ptr<void> map_;
  std::uint64_t size_ = 0;
  bool on_disk_ = false;
};

}  // namespace flashmotion
