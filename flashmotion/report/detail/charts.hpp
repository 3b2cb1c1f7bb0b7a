#pragma once

#include "flashmotion/base/export.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

// Pictures as inline SVG. Colours are CSS variables of the page, so that they follow light and dark.

namespace flashmotion::report_detail {

/// Round numbers within [low, high], about `count` of them; for a logarithmic axis powers of ten (and 2 and 5 times
/// those when there are few).
[[nodiscard]] FLASHMOTION_EXPORT std::vector<double> axis_ticks(double low, double high, int count, bool logarithmic);

struct LineOptions {
  bool smooth = true;              // else the values alone, with a dot each
  std::optional<double> marked{};  // a step that a line stands at
};

/// A curve: the values lightly, and their running mean. The axis is logarithmic when all values are positive and the
/// largest is more than 100 times the smallest. `label` is read out by screen readers. The curves of a chart carry
/// their steps and values, which the page's script shows under the pointer.
[[nodiscard]] FLASHMOTION_EXPORT std::string line_chart(std::span<const double> steps, std::span<const double> values,
                                                        const std::string& label, const LineOptions& options = {});

struct Series {
  std::string label;
  std::string colour;  // CSS
  std::vector<double> steps, values;
  bool smooth = true;  // the running mean, else the values
};

/// Several curves in one chart, each as its running mean or its values. Axes as in `line_chart`.
[[nodiscard]] FLASHMOTION_EXPORT std::string overlay_chart(std::span<const Series> series, const std::string& label);

struct ScatterPoint {
  std::string label;
  double x = 0, y = 0;
  std::string colour;   // CSS
  bool hollow = false;  // a floor, no variant
};

enum class ChartWidth { page, phone };

/// Labelled points; those that are not finite are left out.
[[nodiscard]] FLASHMOTION_EXPORT std::string scatter_chart(std::span<const ScatterPoint> points,
                                                           const std::string& x_title, const std::string& y_title,
                                                           ChartWidth width = ChartWidth::page);

/// The same in both widths, of which the page's style shows one: labels that are placed anew stay readable.
[[nodiscard]] FLASHMOTION_EXPORT std::string scatter_charts(std::span<const ScatterPoint> points,
                                                            const std::string& x_title, const std::string& y_title);

/// An interval around its estimate on an axis from -range to range; the dashed line at `limit` is what it is judged by.
[[nodiscard]] FLASHMOTION_EXPORT std::string interval_plot(double estimate, double low, double high, double limit,
                                                           double range, const std::string& colour);

}  // namespace flashmotion::report_detail
