#include "flashmotion/report/ablation_report.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/report/detail/ablation_table.hpp"

#include <filesystem>

namespace flashmotion {

std::string write_ablation(const std::string& folder, const std::vector<AblationRun>& runs,
                           const std::vector<std::string>& report) {
  using namespace report_detail;
  const AblationTable table = gather_ablation(folder, runs, report);
  const auto write = [&](const char* name, const std::string& text) {
    write_file_atomically((std::filesystem::path(folder) / name).string(), text);
  };
  write("ablation.csv", ablation_csv(table));
  write("ablation.json", ablation_json(table, runs));
  write("ablation.tex", ablation_tex(table));
  write("ablation.html", ablation_html(folder, table, runs));
  return ablation_markdown(table);
}

}  // namespace flashmotion
