#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>

namespace flashmotion {

/// Which way a figure is better.
enum class Better { more, less, near_one };

/// A figure that each clip of a benchmark has.
struct BenchFigure {
  std::string_view key;    // in results
  std::string_view label;  // on pages
  Better better;
  int digits;  // after the point
};

/// All of them, in the order in which they are shown. The first `kFoundFigures` depend on who finds the objects.
inline constexpr std::array kBenchFigures{
    BenchFigure{"mask_iou", "Mask IoU", Better::more, 3},
    BenchFigure{"box_iou", "Box IoU", Better::more, 3},
    BenchFigure{"centre_error", "Centre error, px", Better::less, 1},
    BenchFigure{"visibility", "Visibility", Better::more, 3},
    BenchFigure{"sharpness", "Sharpness", Better::near_one, 2},
    BenchFigure{"flicker", "Flicker", Better::near_one, 2},
    BenchFigure{"colour_drift", "Colour drift", Better::less, 4},
    BenchFigure{"seconds", "Seconds", Better::less, 2},
    BenchFigure{"peak_memory_gib", "Peak memory, GiB", Better::less, 2},
};
inline constexpr std::size_t kFoundFigures = 4;

/// Value of each figure; NaN where it is not known.
using FigureValues = std::array<double, kBenchFigures.size()>;

/// Nothing known.
[[nodiscard]] constexpr FigureValues no_figures() {
  FigureValues values{};
  for (double& value : values) value = std::numeric_limits<double>::quiet_NaN();
  return values;
}

/// `↑`, `↓` or `→ 1`.
[[nodiscard]] constexpr std::string_view better_arrow(Better better) {
  if (better == Better::more) return "↑";
  return better == Better::less ? "↓" : "→ 1";
}

/// How far a value is from the best, in its own unit: larger is worse.
[[nodiscard]] constexpr double how_bad(Better better, double value) {
  if (better == Better::more) return -value;
  if (better == Better::less) return value;
  return value < 1 ? 1 - value : value - 1;
}

}  // namespace flashmotion
