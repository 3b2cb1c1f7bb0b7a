#include "flashmotion/io/detail/pickle_machine.hpp"

#include <array>

namespace flashmotion::pickle_detail {
namespace {

struct TorchType {
  at::ScalarType type;
  std::string_view dtype;
  std::string_view storage;  // empty: saved as bytes
};

constexpr std::array<TorchType, 15> kTypes = {{
    {at::kFloat, "float32", "FloatStorage"},
    {at::kHalf, "float16", "HalfStorage"},
    {at::kBFloat16, "bfloat16", "BFloat16Storage"},
    {at::kDouble, "float64", "DoubleStorage"},
    {at::kLong, "int64", "LongStorage"},
    {at::kInt, "int32", "IntStorage"},
    {at::kShort, "int16", "ShortStorage"},
    {at::kChar, "int8", "CharStorage"},
    {at::kByte, "uint8", "ByteStorage"},
    {at::kBool, "bool", "BoolStorage"},
    {at::ScalarType::Float8_e4m3fn, "float8_e4m3fn", ""},
    {at::ScalarType::Float8_e5m2, "float8_e5m2", ""},
    {at::ScalarType::UInt16, "uint16", ""},
    {at::ScalarType::UInt32, "uint32", ""},
    {at::ScalarType::UInt64, "uint64", ""},
}};

}  // namespace

std::optional<at::ScalarType> type_from_torch_name(std::string_view name) {
  for (const TorchType& type : kTypes) {
    if (type.dtype == name || (!type.storage.empty() && type.storage == name)) return type.type;
  }
  return std::nullopt;
}

std::optional<std::string_view> torch_storage_name(at::ScalarType type) {
  for (const TorchType& known : kTypes) {
    if (known.type == type && !known.storage.empty()) return known.storage;
  }
  return std::nullopt;
}

std::optional<std::string_view> torch_type_name(at::ScalarType type) {
  for (const TorchType& known : kTypes) {
    if (known.type == type) return known.dtype;
  }
  return std::nullopt;
}

}  // namespace flashmotion::pickle_detail
