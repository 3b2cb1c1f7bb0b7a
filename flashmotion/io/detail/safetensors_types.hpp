#pragma once

#include <c10/core/ScalarType.h>
#include <c10/util/ArrayRef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flashmotion::safetensors_detail {

/// The format's word for a type. Throws Error, naming the tensor, for a type that it does not have.
[[nodiscard]] std::string type_name(c10::ScalarType type, std::string_view tensor);

/// The type for one of the format's words.
[[nodiscard]] std::optional<c10::ScalarType> type_from_name(std::string_view name);

/// `[2, 3]`.
[[nodiscard]] std::string shape_text(c10::IntArrayRef shape);

}  // namespace flashmotion::safetensors_detail
