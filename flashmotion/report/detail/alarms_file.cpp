#include "flashmotion/report/detail/alarms_file.hpp"

#include "flashmotion/report/detail/json_fields.hpp"
#include "flashmotion/report/detail/text_lines.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace flashmotion::report_detail {

AlarmsFile read_alarms(const std::string& text) {
  AlarmsFile file;
  for_each_line(text, [&](const std::string& line) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto step = json.is_object() ? whole_at(json, "step") : std::nullopt;
    AlarmEntry entry;
    if (step)
      entry = {text_or(json, "stage"), *step, text_or(json, "alarm"), text_or(json, "policy"), text_or(json, "text")};
    if (entry.stage.empty() || entry.alarm.empty()) {
      ++file.damaged;
      return;
    }
    file.alarms.push_back(std::move(entry));
  });
  return file;
}

std::string done_about(const AlarmEntry& alarm) {
  const bool rollback = alarm.policy == "rollback", lower = alarm.policy == "lower_lr";
  if (alarm.policy == "stop") return "stopped the run";
  if (alarm.policy == "warn") return "said so";
  // Weights that may be spoilt are not gone on with.
  if (rollback || (lower && alarm.alarm == "not_finite")) return "went back to the last saved state, at lower rates";
  return lower ? "halved the learning rates" : alarm.policy;
}

}  // namespace flashmotion::report_detail
