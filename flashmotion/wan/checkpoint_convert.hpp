#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/wan/checkpoint.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace flashmotion::wan {

/// How the files of a checkpoint lie in its folder and what they and their tensors are called.
enum class FolderLayout {
  original,     // the Wan authors' release: config.json and parts of the transformer, the rest in PyTorch's format
  diffusers,    // a folder for each network, model_index.json
  flashmotion,  // ROLE.safetensors and ROLE.json for each network, original names
};

struct ConvertOptions {
  FolderLayout layout = FolderLayout::original;
  std::optional<at::ScalarType> dtype{};       // of floating-point tensors; as they are when not given
  std::uint64_t shard_bytes = 5'000'000'000;   // at most in one safetensors file
  bool overwrite = false;                      // an older checkpoint at the target gives way
  std::function<void(std::uint64_t)> written;  // told the bytes of each tensor that was written; may throw to stop
};

/// Bytes of all tensors that `convert_checkpoint` is going to write.
[[nodiscard]] FLASHMOTION_EXPORT std::uint64_t converted_bytes(const Checkpoint& checkpoint,
                                                               const ConvertOptions& options);

/// Writes a checkpoint anew in a layout, tensor by tensor: it never holds more than one in memory. `out` is a folder
/// that appears whole or not at all, or, for a single network, one file `*.safetensors`. Tokenizer and, between folders
/// of Diffusers, the scheduler are copied. Returns the files. Throws InputError when the target is there and not to be
/// overwritten, or a tensor is incomplete or of no known network; then nothing is written.
FLASHMOTION_EXPORT std::vector<std::filesystem::path> convert_checkpoint(const Checkpoint& checkpoint,
                                                                         const std::filesystem::path& out,
                                                                         const ConvertOptions& options);

}  // namespace flashmotion::wan

template <>
struct flashmotion::EnumNames<flashmotion::wan::FolderLayout> {
  static constexpr std::array values{
      std::pair{flashmotion::wan::FolderLayout::original, std::string_view("original")},
      std::pair{flashmotion::wan::FolderLayout::diffusers, std::string_view("diffusers")},
      std::pair{flashmotion::wan::FolderLayout::flashmotion, std::string_view("flashmotion")}};
};
