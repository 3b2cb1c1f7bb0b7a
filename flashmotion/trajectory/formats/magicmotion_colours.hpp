#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/io/colour.hpp"

#include <cstdint>
#include <optional>

namespace flashmotion {

/// Which object of MagicMotion's tools has this colour, from 0; none for a colour that is theirs not even nearly. They
/// draw objects in the colours of a table, at half strength.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<std::int64_t> magicmotion_number(Colour colour);

/// The exact colour of MagicMotion's tools where this one is near it, or the colour itself.
[[nodiscard]] FLASHMOTION_EXPORT Colour nominal_colour(Colour colour);

/// Pixels that a box's outline is thick: a hundredth of the shorter side, at least 1. As their tools draw it, an even
/// number is one pixel more.
[[nodiscard]] FLASHMOTION_EXPORT std::int64_t magicmotion_thickness(std::int64_t height, std::int64_t width);

}  // namespace flashmotion
