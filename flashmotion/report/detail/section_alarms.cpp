#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace flashmotion::report_detail {
namespace section_alarms {

constexpr std::size_t kMostShown = 200;

std::string row(const AlarmEntry& alarm) {
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td><span class=\"verdict "
      "{}\">{}</span></td><td>{}</td>"
      "<td class=\"text\">{}</td></tr>",
      escape_html(alarm.stage), alarm.step, alarm.policy == "stop" ? "bad" : "open", escape_html(alarm.alarm),
      escape_html(done_about(alarm)), escape_html(alarm.text));
}

}  // namespace section_alarms

std::string alarm_section(const RunData& run) {
  using namespace section_alarms;
  const auto& alarms = run.alarms.alarms;
  std::string html = "<section id=\"alarms\"><h2>Alarms</h2>" + damaged_lines(run.alarms.damaged, "alarms.jsonl");
  if (alarms.empty()) return html + "<p class=\"missing\">No alarm was raised.</p></section>";
  const std::size_t left_out = alarms.size() - std::min(alarms.size(), kMostShown);
  html += fmt::format("<p>{} {} raised{}.</p>", alarms.size(), alarms.size() == 1 ? "alarm was" : "alarms were",
                      left_out == 0 ? "" : fmt::format("; the last {} are shown", kMostShown));
  html +=
      "<div class=\"wide\"><table class=\"alarms\"><thead><tr><th scope=\"col\">Stage</th><th scope=\"col\" "
      "class=\"number\">Step</th><th scope=\"col\">Alarm</th><th scope=\"col\">What was done</th><th "
      "scope=\"col\">What was seen</th></tr></thead><tbody>";
  for (std::size_t i = left_out; i < alarms.size(); ++i) html += row(alarms[i]);
  return html + "</tbody></table></div></section>";
}

}  // namespace flashmotion::report_detail
