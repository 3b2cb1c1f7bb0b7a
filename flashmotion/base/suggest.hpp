#pragma once

#include "flashmotion/base/export.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flashmotion {

/// Edits (insert, delete, replace, swap of neighbours) that turn one name into the other.
[[nodiscard]] FLASHMOTION_EXPORT std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that the user may have meant: within two edits or a third of the length, one edit for names of up to
/// three letters. The first of equally near names; nothing when none is near.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::string> nearest_name(std::string_view wanted,
                                                                         std::span<const std::string> known);

/// `'a', 'b', 'c'`; `none` for an empty list.
[[nodiscard]] FLASHMOTION_EXPORT std::string quoted_list(std::span<const std::string> names);

/// End of a message about an unknown name: `; did you mean 'x'?`, or `; LABEL: 'a', 'b'` when no name is near.
[[nodiscard]] FLASHMOTION_EXPORT std::string suggestion(std::string_view wanted, std::span<const std::string> known,
                                                        std::string_view label);

}  // namespace flashmotion
