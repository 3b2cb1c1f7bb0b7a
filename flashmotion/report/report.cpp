#include "flashmotion/report/report.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/report/detail/run_data.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <filesystem>

namespace flashmotion {

void write_report(const std::string& run_folder) {
  using namespace report_detail;
  const RunData run = read_run(run_folder);
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
      "dark\"><title>FlashMotion "
      "run</title>\n<style>";
  page += page_style();
  page +=
      "</style></head><body><nav><a href=\"#verdicts\">Verdicts</a><a href=\"#clips\">Clips</a><a "
      "href=\"#results\">Results</a><a href=\"#trade\">Quality and control</a><a href=\"#stages\">Stages</a><a "
      "href=\"#curves\">Curves</a><a href=\"#alarms\">Alarms</a><a href=\"#recipe\">Recipe</a><a "
      "href=\"#environment\">Environment</a></nav><main>\n";
  for (const auto section : {heading_section, verdict_section, clip_section, table_section, scatter_section,
                             stage_section, curve_section, alarm_section, recipe_section, environment_section}) {
    page += section(run) + "\n";
  }
  page += "</main><script>" + page_script() + "</script></body></html>\n";
  write_file_atomically((std::filesystem::path(run_folder) / "report.html").string(), page);
}

}  // namespace flashmotion
