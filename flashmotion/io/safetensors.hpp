#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion {

/// Texts that a safetensors file carries beside its tensors.
using SafetensorsMetadata = std::map<std::string, std::string>;

/// Writes tensors of any device and layout to `path`, whole or not at all. The header lists them in
/// the given order; the data lie by falling element size, so that every one is aligned. The same
/// tensors and metadata give the same bytes. Throws Error for a duplicate name or a type that the
/// format does not have.
FLASHMOTION_EXPORT void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                                          const SafetensorsMetadata& metadata = {});

/// A safetensors file, mapped into memory and checked in full when it is opened: every damage is an
/// InputError that names the file and the byte. Copies share the map.
class FLASHMOTION_EXPORT SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// In the order of the header.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] const SafetensorsMetadata& metadata() const noexcept { return metadata_; }
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Throws InputError when there is no such tensor (so do `dtype` and `tensor`).
  [[nodiscard]] const std::vector<std::int64_t>& shape(std::string_view name) const;
  [[nodiscard]] at::ScalarType dtype(std::string_view name) const;
  /// A view of the mapped bytes on the CPU, which keeps the map alive. Writing to it changes this
  /// process's copy of the page and never the file.
  [[nodiscard]] Tensor tensor(std::string_view name) const;
  /// All tensors in the order of the header, as views.
  [[nodiscard]] NamedTensors tensors() const;

 private:
  struct Entry {
    at::ScalarType dtype = at::kFloat;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  // bytes from the start of the file
    std::uint64_t end = 0;
  };
  friend class SafetensorsReader;
  [[nodiscard]] const Entry& entry(std::string_view name) const;

  std::filesystem::path path_;
  std::shared_ptr<void> map_;
  std::vector<std::string> names_;
  std::map<std::string, Entry, std::less<>> entries_;
  SafetensorsMetadata metadata_;
};

/// Copies `prefix + name` of the file into each target, after all checks: a missing or surplus
/// tensor (surplus among those that begin with the prefix), another shape, integers for floats.
/// Throws one InputError that lists them; then no target has changed. Float types are converted.
FLASHMOTION_EXPORT void load_into(const SafetensorsFile& file, const NamedTensors& targets,
                                  std::string_view prefix = "");

}  // namespace flashmotion
