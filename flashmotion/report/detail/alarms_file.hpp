#pragma once

#include "flashmotion/base/export.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace flashmotion::report_detail {

/// A line of `alarms.jsonl`.
struct AlarmEntry {
  std::string stage;
  std::int64_t step = 0;
  std::string alarm, policy, text;
};

struct AlarmsFile {
  std::vector<AlarmEntry> alarms;  // in the order of the file
  std::int64_t damaged = 0;        // lines
};

/// Lines that are none of the trainer's are left out and counted.
[[nodiscard]] FLASHMOTION_EXPORT AlarmsFile read_alarms(const std::string& text);

/// What was done, for readers: `halved the learning rates`.
[[nodiscard]] FLASHMOTION_EXPORT std::string done_about(const AlarmEntry& alarm);

}  // namespace flashmotion::report_detail
