#pragma once

#include "flashmotion/base/export.hpp"

#include <span>
#include <string>
#include <vector>

// Pictures as inline SVG. Colours are CSS variables of the page, so that they follow light and dark.

namespace flashmotion::report_detail {

/// Round numbers within [low, high], about `count` of them; for a logarithmic axis powers of ten (and 2 and 5 times
/// those when there are few).
[[nodiscard]] FLASHMOTION_EXPORT std::vector<double> axis_ticks(double low, double high, int count, bool logarithmic);

/// A curve: the values lightly, and their running mean. The axis is logarithmic when all values are positive and the
/// largest is more than 100 times the smallest. `label` is read out by screen readers.
[[nodiscard]] FLASHMOTION_EXPORT std::string line_chart(std::span<const double> steps, std::span<const double> values,
                                                        const std::string& label);

struct Series {
  std::string label;
  std::string colour;  // CSS
  std::vector<double> steps, values;
};

/// Running means of several curves in one chart; the raw values are left out. Axes as in `line_chart`. Hovering a curve
/// shows its label.
[[nodiscard]] FLASHMOTION_EXPORT std::string overlay_chart(std::span<const Series> series, const std::string& label);

struct ScatterPoint {
  std::string label;
  double x = 0, y = 0;
  std::string colour;   // CSS
  bool hollow = false;  // a floor, no variant
};

/// Labelled points; those that are not finite are left out.
[[nodiscard]] FLASHMOTION_EXPORT std::string scatter_chart(std::span<const ScatterPoint> points,
                                                           const std::string& x_title, const std::string& y_title);

/// An interval around its estimate on an axis from -range to range; the dashed line at `limit` is what it is judged by.
[[nodiscard]] FLASHMOTION_EXPORT std::string interval_plot(double estimate, double low, double high, double limit,
                                                           double range, const std::string& colour);

}  // namespace flashmotion::report_detail
