#include "flashmotion/io/detail/pickle_machine.hpp"

#include "flashmotion/base/utf8.hpp"

#include <array>
#include <string>

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

std::optional<std::string> latin1_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      bytes += text[i];
    } else if ((first == 0xc2 || first == 0xc3) && i + 1 < text.size()) {
      bytes += static_cast<char>((first & 3U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace flashmotion::pickle_detail
