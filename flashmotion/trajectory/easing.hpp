#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/base/export.hpp"

#include <array>

namespace flashmotion {

/// The curve from one key to the next.
enum class EasingKind { linear, smooth, hold, bezier };

template <>
struct EnumNames<EasingKind> {
  static constexpr std::array<std::pair<EasingKind, std::string_view>, 4> values{{{EasingKind::linear, "linear"},
                                                                                  {EasingKind::smooth, "smooth"},
                                                                                  {EasingKind::hold, "hold"},
                                                                                  {EasingKind::bezier, "bezier"}}};
};

/// How a value goes from its key to the next one: evenly, with a slow start and a slow end (3s^2 - 2s^3), not at all
/// until the next key, or by a cubic Bezier curve.
struct Easing {
  EasingKind kind = EasingKind::linear;
  std::array<double, 4> handles{};  // bezier: x1, y1, x2, y2 between (0, 0) and (1, 1); x in [0, 1], as in CSS
  bool operator==(const Easing&) const = default;
};

/// Share of the way that is done after `share`, in [0, 1], of the time between two keys. 0 gives 0 and 1 gives 1; a
/// Bezier curve may leave [0, 1] between them.
[[nodiscard]] FLASHMOTION_EXPORT double eased(const Easing& easing, double share);

}  // namespace flashmotion
