#include "flashmotion/io/detail/safetensors_types.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

namespace flashmotion::safetensors_detail {
namespace {

constexpr std::array<std::pair<std::string_view, c10::ScalarType>, 15> kTypes = {{
    {"F64", c10::kDouble},
    {"F32", c10::kFloat},
    {"F16", c10::kHalf},
    {"BF16", c10::kBFloat16},
    {"I64", c10::kLong},
    {"I32", c10::kInt},
    {"I16", c10::kShort},
    {"I8", c10::kChar},
    {"U8", c10::kByte},
    {"BOOL", c10::kBool},
    {"F8_E4M3", c10::ScalarType::Float8_e4m3fn},
    {"F8_E5M2", c10::ScalarType::Float8_e5m2},
    {"U64", c10::ScalarType::UInt64},
    {"U32", c10::ScalarType::UInt32},
    {"U16", c10::ScalarType::UInt16},
}};

}  // namespace

std::string type_name(c10::ScalarType type, std::string_view tensor) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return std::string(name);
  }
  throw Error(fmt::format("tensor '{}' cannot be written: the safetensors format has no type for {}", tensor,
                          c10::toString(type)));
}

std::optional<c10::ScalarType> type_from_name(std::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::string shape_text(c10::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace flashmotion::safetensors_detail
