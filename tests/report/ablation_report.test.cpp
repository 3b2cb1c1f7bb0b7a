#include "flashmotion/report/ablation_report.hpp"

#include "flashmotion/base/read_file.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace ablation_report_test {

using flashmotion::AblationRun;

TEST_CASE("an ablation's figures are means over seeds, with the best and second best marked", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder / "runs/a/seed_0", {.shift = 0.02});
  sample_run::make(folder / "runs/a/seed_1", {.seed = 1, .shift = 0.01, .media = false});
  sample_run::make(folder / "runs/b<i>/seed_0", {.media = false});
  const std::vector<AblationRun> runs{{"a", 0, "runs/a/seed_0", ""},
                                      {"a", 1, "runs/a/seed_1", ""},
                                      {"b<i>", 0, "runs/b<i>/seed_0", ""},
                                      {"b<i>", 1, "runs/b<i>/seed_1", "exit code 1: the <disk> is full"},
                                      {"c", 0, "runs/c/seed_0", "exit code 2: no"}};
  const std::string table = flashmotion::write_ablation(folder.path().string(), runs, {"hybrid"});
  // 0.748 shifted by 0.02 and by 0.01
  CHECK_THAT(table, Catch::Contains("**0.763 ± 0.005**") && Catch::Contains("_0.748_") &&
                        Catch::Contains("b\\<i> (1 of 2 runs)") && Catch::Contains("c (0 of 1 runs)"));
  const auto read = [&](const char* name) { return flashmotion::read_file((folder / name).string()); };
  const auto json = nlohmann::json::parse(read("ablation.json"));
  REQUIRE(json.at("rows").size() == 3);
  CHECK(json.at("rows")[0].at("figures").at("box_iou").at("rank") == 1);
  CHECK(json.at("rows")[0].at("figures").at("box_iou").at("values").size() == 2);
  CHECK(json.at("rows")[2].at("runs") == 0);
  CHECK(json.at("runs")[3].at("failure") == "exit code 1: the <disk> is full");
  CHECK_THAT(read("ablation.csv"), Catch::StartsWith("variant,measured,runs,box_iou,box_iou_half_range,") &&
                                       Catch::Contains("\na,hybrid,2,") && Catch::Contains("\nc,hybrid,0,,,"));
  CHECK_THAT(read("ablation.tex"),
             Catch::Contains("\\textbf{0.763 $\\pm$ 0.005}") && Catch::Contains("\\underline{0.748}"));
  const std::string page = read("ablation.html");
  CHECK_THAT(page, Catch::Contains("b&lt;i&gt;") && Catch::Contains("the &lt;disk&gt; is full") &&
                       Catch::Contains("<section id=\"trade\">") && Catch::Contains("data:video/mp4;base64,") &&
                       !Catch::Contains("<i>") && !Catch::Contains("http"));
}

TEST_CASE("an ablation's page says which variants raised alarms", "[report][unit]") {
  const TempFolder folder;
  for (const char* run : {"a", "b", "c"}) sample_run::make(folder / run, {.media = false});
  const std::vector<AblationRun> runs{{"a", 0, "a", ""}, {"<i>b", 3, "b", ""}, {"c", 0, "c", "it failed"}};
  const auto page = [&] {
    flashmotion::write_ablation(folder.path().string(), runs, {});
    return flashmotion::read_file((folder / "ablation.html").string());
  };
  CHECK_THAT(page(), Catch::Contains("No run raised an alarm."));
  sample_run::write(folder / "b/alarms.jsonl", std::string(sample_run::alarms_text()) + "{\n");
  sample_run::write(folder / "c/alarms.jsonl",
                    R"({"stage": "s", "step": 7, "alarm": "not_finite", "policy": "stop", "text": "t"})");
  const std::string text = page();
  const auto row = [](const std::string& variant, int seed, const std::string& stage, const std::string& alarm,
                      int times, int first) {
    return "<tr><th scope=\"row\">" + variant + "</th><td class=\"number\">" + std::to_string(seed) + "</td><td>" +
           stage + "</td><td><span class=\"verdict open\">" + alarm + "</span></td><td class=\"number\">" +
           std::to_string(times) + "</td><td class=\"number\">" + std::to_string(first) + "</td></tr>";
  };
  CHECK_THAT(text, Catch::Contains(row("&lt;i&gt;b", 3, "slow_adapter", "gradient_spike", 1, 312)));
  CHECK_THAT(text, Catch::Contains(row("&lt;i&gt;b", 3, "fast_adapter", "discriminator_winning", 2, 40)));
  CHECK_THAT(text, Catch::Contains(row("c", 0, "s", "not_finite", 1, 7)));
  CHECK_THAT(text, Catch::Contains("1 damaged line of alarms.jsonl was left out."));
  CHECK_THAT(text, !Catch::Contains("<tr><th scope=\"row\">a</th><td class=\"number\">"));
}

TEST_CASE("without a choice the last variant of the recipe is measured", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder / "runs/a/seed_0", {.media = false});
  const std::string table = flashmotion::write_ablation(folder.path().string(), {{"a", 0, "runs/a/seed_0", ""}}, {});
  CHECK_THAT(table, Catch::Contains("| a "));
  CHECK(table.find("**") == std::string::npos);
}

}  // namespace ablation_report_test
