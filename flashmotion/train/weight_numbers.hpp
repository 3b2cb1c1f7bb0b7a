#pragma once

#include "flashmotion/base/enum_names.hpp"

#include <c10/core/ScalarType.h>

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// In which numbers the weights of a network are held.
enum class WeightNumbers { fp32, bf16 };

[[nodiscard]] inline c10::ScalarType scalar_type(WeightNumbers numbers) {
  return numbers == WeightNumbers::fp32 ? c10::kFloat : c10::kBFloat16;
}

template <>
struct EnumNames<WeightNumbers> {
  static constexpr std::array values{std::pair{WeightNumbers::fp32, std::string_view("fp32")},
                                     std::pair{WeightNumbers::bf16, std::string_view("bf16")}};
};

}  // namespace flashmotion
