#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion::report_detail {

struct Curve {
  std::string name;
  std::vector<double> steps, values, weights;  // weights are NaN but for terms
};

struct StageCurves {
  std::string stage;
  std::vector<Curve> terms, gradient_norms, validation;
};

/// What `metrics.jsonl` says.
struct MetricsFile {
  std::vector<StageCurves> stages;
  std::int64_t damaged = 0;     // lines
  std::int64_t not_finite = 0;  // values
};

/// Lines that are none of the trainer's are left out and counted, and so are values that are not finite.
[[nodiscard]] FLASHMOTION_EXPORT MetricsFile read_metrics(const std::string& text);

}  // namespace flashmotion::report_detail
