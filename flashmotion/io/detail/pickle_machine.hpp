#pragma once

#include "flashmotion/io/torch_pickle.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::pickle_detail {

/// What a pickle says of a tensor: a view of a storage that lies outside the pickle. All of it has been checked but
/// that the storage is there and has `bytes` bytes. Extents, strides and offset count elements.
struct TensorPlace {
  at::ScalarType dtype = at::kFloat;
  std::string storage;
  std::uint64_t bytes = 0;  // of the storage
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Makes a tensor of its place; throws a text when there is no such storage.
using MakeTensor = std::function<Tensor(const TensorPlace&)>;

/// Reads a pickle. `name` says in messages what the bytes are. Throws InputError with the byte for an unknown
/// instruction, anything that would be called and is not known, and every damage.
[[nodiscard]] PickleValue read_pickle(std::string_view bytes, const std::string& name, const MakeTensor& make);

/// The element type of one of PyTorch's names: `FloatStorage` or `float32`.
[[nodiscard]] std::optional<at::ScalarType> type_from_torch_name(std::string_view name);

/// The other way; `Float` types have a storage class of their own, the youngest types have none.
[[nodiscard]] std::optional<std::string_view> torch_storage_name(at::ScalarType type);
[[nodiscard]] std::optional<std::string_view> torch_type_name(at::ScalarType type);

[[nodiscard]] bool is_utf8(std::string_view text);

/// Bytes that were written as a text of the code points 0 to 255; none for any other text.
[[nodiscard]] std::optional<std::string> latin1_bytes(std::string_view text);

}  // namespace flashmotion::pickle_detail
