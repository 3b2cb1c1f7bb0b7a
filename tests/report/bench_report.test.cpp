#include "flashmotion/report/bench_report.hpp"

#include "flashmotion/base/read_file.hpp"
#include "tests/bench/measured_bench.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace bench_report_test {

using Catch::Matchers::Contains;
using flashmotion::BenchResult;

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++found;
  return found;
}

TEST_CASE("a benchmark's results are a table, CSV, LaTeX and a page", "[report][unit]") {
  const TempFolder temp;
  const auto bench = measured_bench::toy(temp);
  auto tools = measured_bench::tools();
  tools.previews = temp / "previews";
  flashmotion::BenchMeter meter(bench, tools);
  for (const auto& one : bench.cases)
    meter.add(one, 0, {.video = flashmotion::read_case(bench, one).video, .seconds = 1.5});
  BenchResult result = meter.result();
  result.label = "mine <b>";
  result.source = "Clips of a test";
  const std::string table = flashmotion::bench_table(result);
  CHECK_THAT(table, Contains("| 1 object ") && Contains("| all ") && Contains("Mask IoU ↑") && Contains("Fréchet ↓") &&
                        Contains("1.50") && Contains("the finder (colours)") && !Contains("Peak memory"));
  flashmotion::write_bench_report(temp.path(), result);
  const auto read = [&](const char* name) { return flashmotion::read_file((temp / name).string()); };
  const std::string csv = read("results.csv");
  CHECK_THAT(csv, Catch::StartsWith("id,group,seed,mask_iou,") && Contains("\n" + bench.cases[0].id + ",1,0,"));
  CHECK(count(csv, "\n") == 1 + bench.cases.size());
  CHECK_THAT(read("results.tex"), Contains("\\begin{tabular}") && Contains("Mask IoU $\\uparrow$"));
  const std::string page = read("report.html");
  CHECK_THAT(page, Contains("mine &lt;b&gt;") && Contains("Worst cases") && Contains("Best cases") &&
                       Contains("data:video/mp4;base64,") && !Contains("http") && !Contains("<b>"));
  for (const auto& one : bench.cases) CHECK_THAT(page, Contains("<th scope=\"row\">" + one.id + "</th>"));
}

TEST_CASE("a comparison says who is better and where nothing can be told", "[report][unit]") {
  const TempFolder temp;
  const auto bench = measured_bench::toy(temp);
  std::vector<flashmotion::ComparedModel> models;
  models.push_back({temp / "a", measured_bench::measure(bench, measured_bench::shifted(6), "far")});
  models.push_back({temp / "b", measured_bench::measure(bench, measured_bench::shifted(1), "near")});
  models.push_back({temp / "c", measured_bench::measure(bench, measured_bench::shifted(6), "far again")});
  const std::vector<flashmotion::BenchComparison> comparisons{
      flashmotion::compare_results(models[0].result, models[1].result),
      flashmotion::compare_results(models[0].result, models[2].result)};
  const std::string table = flashmotion::comparison_table(models, comparisons);
  CHECK_THAT(table, Contains("| figure ") && Contains("near") && Contains("far again") && Contains("not told apart"));
  const auto json = nlohmann::json::parse(flashmotion::comparison_json(models, comparisons));
  CHECK(json["first"] == "far");
  CHECK(json["others"][0]["overall"]["mask_iou"]["told_apart"] == true);
  CHECK(json["others"][0]["overall"]["mask_iou"]["better_by"].get<double>() > 0);
  CHECK(json["others"][1]["overall"]["mask_iou"]["told_apart"] == false);
  CHECK(json["others"][0]["groups"].size() == 3);
  flashmotion::write_comparison(temp / "out", models, comparisons);
  const std::string page = flashmotion::read_file((temp / "out" / "comparison.html").string());
  CHECK_THAT(page, Contains("verdict good\">better") && Contains("verdict open\">not told apart") &&
                       Contains("No clips were kept.") && !Contains("http"));
  CHECK_THAT(flashmotion::read_file((temp / "out" / "comparison.csv").string()),
             Catch::StartsWith("figure,far,near,better by [95 %],far again"));
  CHECK_THAT(flashmotion::read_file((temp / "out" / "comparison.tex").string()), Contains("\\toprule"));
}

}  // namespace bench_report_test
