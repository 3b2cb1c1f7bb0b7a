#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/io/mapped_file.hpp"
#include "flashmotion/io/tensor_outline.hpp"

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

/// Writes a safetensors file tensor by tensor, so that no more than one is held in memory; the file appears whole or
/// not at all. The header lists the tensors in the given order; the data lie by falling element size, so that every one
/// is aligned, and begin at a multiple of 64 bytes. The same tensors and metadata give the same bytes.
class FLASHMOTION_EXPORT SafetensorsWriter {
 public:
  /// Throws Error for a duplicate name or a type that the format does not have.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorOutline> tensors,
                    const SafetensorsMetadata& metadata = {});
  SafetensorsWriter(SafetensorsWriter&&) noexcept;
  SafetensorsWriter& operator=(SafetensorsWriter&&) = delete;
  ~SafetensorsWriter();

  /// Indices into the given tensors in the order in which `write` wants them.
  [[nodiscard]] const std::vector<std::size_t>& order() const;
  /// The numbers of the next tensor, from any device and in any memory layout.
  void write(const Tensor& tensor);
  /// Gives the file its name. All tensors have been written.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes tensors of any device and layout to `path`, as `SafetensorsWriter` does.
FLASHMOTION_EXPORT void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                                          const SafetensorsMetadata& metadata = {});

/// A safetensors file, mapped into memory and checked in full when it is opened: every damage is an
/// InputError that names the file and the byte. Copies share the map.
class FLASHMOTION_EXPORT SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  explicit SafetensorsFile(MappedFile file);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }
  /// The map that the tensors view.
  [[nodiscard]] const MappedFile& file() const noexcept { return file_; }
  /// In the order of the header.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] const SafetensorsMetadata& metadata() const noexcept { return metadata_; }
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Throws InputError when there is no such tensor (so do `dtype` and `tensor`).
  [[nodiscard]] const std::vector<std::int64_t>& shape(std::string_view name) const;
  [[nodiscard]] at::ScalarType dtype(std::string_view name) const;
  /// A view of the mapped bytes, see `MappedFile::view`.
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

  MappedFile file_;
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
