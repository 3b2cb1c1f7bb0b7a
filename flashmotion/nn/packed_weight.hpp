#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion::nn {

/// In which numbers the matrices of a network's blocks are kept between their uses. They are always computed with in
/// the network's own numbers.
enum class WeightFormat {
  plain,       // as they are computed with
  fp8,         // 8-bit floats (E4M3) and a scale for each row
  fp8_tensor,  // 8-bit floats (E4M3) and a scale for each matrix
  int8,        // integers from -127 to 127 and a scale for each row
};

/// A matrix in a narrow format.
struct PackedWeight {
  Tensor numbers;  // [out, in]
  Tensor scale;    // [out, 1] or [1, 1] float32, by which the numbers are multiplied
};

/// Packs a matrix [out, in] where it lies, each number to the nearest there is (ties to even). The largest number of a
/// row, or of the matrix, becomes the largest of the format. `format` is not plain. Numbers must be finite: throws
/// InputError otherwise.
[[nodiscard]] FLASHMOTION_EXPORT PackedWeight pack(const Tensor& weight, WeightFormat format);

/// Writes numbers times scale, computed in float32 and rounded once, to `to` [out, in] on the same device.
FLASHMOTION_EXPORT void unpack(const PackedWeight& packed, const Tensor& to);

}  // namespace flashmotion::nn

template <>
struct flashmotion::EnumNames<flashmotion::nn::WeightFormat> {
  static constexpr std::array values{
      std::pair{flashmotion::nn::WeightFormat::plain, std::string_view("plain")},
      std::pair{flashmotion::nn::WeightFormat::fp8, std::string_view("fp8")},
      std::pair{flashmotion::nn::WeightFormat::fp8_tensor, std::string_view("fp8_tensor")},
      std::pair{flashmotion::nn::WeightFormat::int8, std::string_view("int8")}};
};
