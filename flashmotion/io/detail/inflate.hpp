#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flashmotion::zip_detail {

/// The content of a deflated file of a zip archive, which has `size` bytes. `name` is for messages. Throws InputError
/// when it is damaged or has another size.
[[nodiscard]] std::string inflate_raw(std::string_view packed, std::uint64_t size, const std::string& name);

}  // namespace flashmotion::zip_detail
