#pragma once

#include "flashmotion/base/enum_names.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace flashmotion {

/// Which public code's rounding a generator follows. The weights are the same, the results differ in the last bits of
/// bfloat16; a comparison of numbers needs both sides in one regime.
enum class Regime {
  fp32,            // everything in float32
  wan_bf16,        // the Wan code: products in bfloat16; residual stream, modulation, time and head in float32
  diffusers_bf16,  // Diffusers with bfloat16 weights: as above, but stream, time and head are rounded to bfloat16
};

template <>
struct EnumNames<Regime> {
  static constexpr std::array values{std::pair{Regime::fp32, std::string_view("fp32")},
                                     std::pair{Regime::wan_bf16, std::string_view("wan_bf16")},
                                     std::pair{Regime::diffusers_bf16, std::string_view("diffusers_bf16")}};
};

}  // namespace flashmotion
