#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <filesystem>
#include <string>

namespace flashmotion {

/// Writes as `write_safetensors` does, with the SHA-256 of all that the file says, names, types, shapes, numbers and
/// metadata, as metadata `sha256`.
FLASHMOTION_EXPORT void write_sealed_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                                                 const SafetensorsMetadata& metadata);

/// What is wrong with a file that `write_sealed_safetensors` wrote, as a sentence that names it; empty when it is as it
/// was written. Reads all of it. A file without `sha256` is damaged too.
[[nodiscard]] FLASHMOTION_EXPORT std::string seal_damage(const std::filesystem::path& path);

}  // namespace flashmotion
