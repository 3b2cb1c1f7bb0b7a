#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace flashmotion {

/// The array of a NumPy file of version 1 to 3: numbers of any usual type and either order of memory become float64,
/// contiguous, in the array's shape; true is 1. `name` stands for the file in messages. Throws InputError with the
/// byte when it is damaged, holds objects or texts, or has more than 2^28 numbers.
[[nodiscard]] FLASHMOTION_EXPORT Tensor parse_npy(std::string_view bytes, const std::string& name);

/// The same from a file.
[[nodiscard]] FLASHMOTION_EXPORT Tensor read_npy(const std::filesystem::path& path);

/// A NumPy file of version 1.0, in C's order, of a float32, float64 or bool tensor.
[[nodiscard]] FLASHMOTION_EXPORT std::string npy_bytes(const Tensor& array);

}  // namespace flashmotion
