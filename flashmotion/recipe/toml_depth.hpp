#pragma once

#include "flashmotion/base/text_place.hpp"

#include <optional>
#include <string_view>

namespace flashmotion {

/// Where TOML text nests deeper than a recipe can mean: more than 32 open brackets, or more than 32 dots in one key.
/// The parser recurses over both, so this is asked before it starts.
[[nodiscard]] std::optional<TextPlace> too_deep(std::string_view text);

/// Where bytes stop being UTF-8.
[[nodiscard]] std::optional<TextPlace> not_utf8(std::string_view text);

}  // namespace flashmotion
