#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion {

/// A model cut into several safetensors files, with an index `NAME.safetensors.index.json` that says which tensor is
/// where. All files are opened and checked when the set is.
class FLASHMOTION_EXPORT SafetensorsSet {
 public:
  /// `index` is the index file; the others lie beside it. Throws InputError when the index and the files contradict
  /// each other: a file or a tensor is missing, a tensor is in two files or in none.
  explicit SafetensorsSet(const std::filesystem::path& index);
  /// Files without an index. Throws InputError when a tensor is in two of them, or when their names say that one of
  /// `NAME-00001-of-00003.safetensors` is missing.
  explicit SafetensorsSet(const std::vector<std::filesystem::path>& files);

  [[nodiscard]] const std::vector<SafetensorsFile>& files() const noexcept { return files_; }

 private:
  std::vector<SafetensorsFile> files_;
};

/// `NAME-00002-of-00003.safetensors`, or `NAME.safetensors` when there is but one. `part` counts from 0.
[[nodiscard]] FLASHMOTION_EXPORT std::string shard_name(std::string_view stem, std::size_t part, std::size_t parts);

/// Cuts tensors of these sizes, in their order, into parts of at most `limit` bytes; a tensor that is larger gets a
/// part of its own. Returns the first index of each part.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::size_t> shard_starts(const std::vector<TensorOutline>& tensors,
                                                                       std::uint64_t limit);

/// The text of an index: which file each tensor is in, and the bytes of all tensors.
[[nodiscard]] FLASHMOTION_EXPORT std::string shard_index(const std::map<std::string, std::string>& file_of,
                                                         std::uint64_t total_bytes);

}  // namespace flashmotion
