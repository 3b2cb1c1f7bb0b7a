#pragma once

#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace flashmotion::report_detail {

enum class Direction { higher, lower, near_one };

/// How a figure of `results.json` is shown.
struct MetricInfo {
  std::string_view key;
  std::string_view label;
  std::string_view unit;
  Direction direction;
  int digits;  // after the point
  bool cost = false;
};

inline constexpr std::array kMetrics{
    MetricInfo{"box_iou", "Box IoU", "ratio", Direction::higher, 3},
    MetricInfo{"mask_iou", "Mask IoU", "ratio", Direction::higher, 3},
    MetricInfo{"box_iou_relative", "Box IoU, relative", "ratio", Direction::higher, 3},
    MetricInfo{"centre_error", "Centre error", "pixels", Direction::lower, 2},
    MetricInfo{"frechet", "Fréchet distance", "features", Direction::lower, 2},
    MetricInfo{"sharpness", "Sharpness", "ratio", Direction::near_one, 2},
    MetricInfo{"colour_drift", "Colour drift", "RGB 0–1", Direction::lower, 3},
    MetricInfo{"passes_per_clip", "Passes", "per clip", Direction::lower, 0, true},
    MetricInfo{"seconds_per_clip", "Seconds", "per clip", Direction::lower, 3, true},
};

/// What is known of a metric, or null.
[[nodiscard]] constexpr const MetricInfo* find_metric(std::string_view key) {
  for (const MetricInfo& metric : kMetrics) {
    if (metric.key == key) return &metric;
  }
  return nullptr;
}

/// `Box IoU` of `box_iou`; a key that is not known is its own label.
[[nodiscard]] inline std::string metric_label(std::string_view key) {
  const MetricInfo* metric = find_metric(key);
  return std::string(metric == nullptr ? key : metric->label);
}

/// Smaller is better, whatever the direction.
[[nodiscard]] inline double badness(const MetricInfo& metric, double value) {
  if (metric.direction == Direction::higher) return -value;
  return metric.direction == Direction::lower ? value : std::abs(value - 1.0);
}

[[nodiscard]] constexpr std::string_view arrow(Direction direction) {
  if (direction == Direction::higher) return "↑";
  return direction == Direction::lower ? "↓" : "→ 1";
}

/// Empty for a key that is not known.
[[nodiscard]] constexpr std::string_view metric_arrow(std::string_view key) {
  const MetricInfo* metric = find_metric(key);
  return metric == nullptr ? std::string_view() : arrow(metric->direction);
}

}  // namespace flashmotion::report_detail
