#include "flashmotion/report/report.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/version.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <fstream>

namespace report_test {

std::string page_of(const std::filesystem::path& folder) {
  flashmotion::write_report(folder.string());
  return flashmotion::read_file((folder / "report.html").string());
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

bool holds(const std::string& text, const std::string& part) { return count(text, part) > 0; }

}  // namespace report_test

using report_test::count;
using report_test::holds;
using report_test::page_of;

TEST_CASE("a report holds every variant, figure, verdict and clip of its run", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path());
  const std::string page = page_of(folder.path());
  for (const auto& row : sample_run::rows({})) {
    INFO(row.name);
    CHECK(count(page, "</i>" + row.name + "<small>") == 4);  // all cases and three groups
    CHECK(holds(page, "</i>" + row.name + "</figcaption>"));
  }
  CHECK(count(page, "src=\"data:video/mp4;base64,") == 9);  // seven variants, two stages
  CHECK(count(page, "data-like=\"clip0\"") == 2);           // real and control
  CHECK(count(page, "src=\"data:image/png;base64,") == 3);
  CHECK(holds(page, "<td class=\"best\">0.750</td>"));       // box IoU of slow_50
  CHECK(holds(page, "<td class=\"best\">13.00</td>"));       // Fréchet distance of hybrid
  CHECK(count(page, "<td class=\"best\">1.08</td>") == 8);   // sharpness nearest to 1, twice a table
  CHECK_FALSE(holds(page, "<td class=\"best\">1.25</td>"));  // all are equal
  CHECK(holds(page, "hybrid is better than naive"));
  CHECK(holds(page, "hybrid is no worse than slow_50 <span class=\"faint\">by 0.010</span>"));
  CHECK(holds(page, "<b>+0.060</b> <span class=\"faint\">+0.051 to +0.069</span>"));
  CHECK(holds(page, "<span class=\"verdict good\">4 shown</span>"));
  CHECK(holds(page, "<span class=\"verdict bad\">1 reversed</span>"));
  CHECK(count(page, "<span class=\"verdict open\">not shown</span>") == 1);
  CHECK(count(page, "<span class=\"verdict open\">not measured</span>") == 1);
  CHECK(count(page, "<svg class=\"interval\"") == 6);
  CHECK(count(page, "<svg class=\"scatter\"") == 1);
  CHECK(holds(page, "fast_generator + fast_adapter without diffusion · few_4"));
}

TEST_CASE("a report shows stages, curves, recipe, versions and plugins", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path());
  const std::string page = page_of(folder.path());
  CHECK(holds(page, "taken from a checkpoint"));
  CHECK(holds(page, "<td>1 min 24 s</td>"));
  CHECK(holds(page, "<td>4 min 05 s</td>"));
  // Stages stand in the order of the recipe.
  CHECK(page.find(">slow_adapter</th>") < page.find(">fast_adapter</th>"));
  CHECK(page.find(">fast_adapter</th>") < page.find(">fast_adapter.without.diffusion</th>"));
  CHECK(count(page, "<svg class=\"chart\"") == 5);  // three terms, gradient norms of two stages
  CHECK(count(page, ">log</text>") == 1);
  CHECK(holds(page, "weight 1.5"));
  CHECK(holds(page, "weight 30 → "));
  CHECK(holds(page, "load = &quot;base.safetensors&quot;"));
  CHECK(holds(page, "injection_adapter"));
  CHECK(holds(page, "<code>0123abcd</code>"));
  CHECK(holds(page, std::string("This page was written by FlashMotion ") + flashmotion::kVersion));
  CHECK(holds(page, "<dt>FlashMotion</dt><dd>0.0.7</dd>"));
  CHECK(holds(page, "<dt>Processor</dt><dd>A Processor &lt;i&gt;</dd>"));
  CHECK_FALSE(holds(page, "class=\"missing\">There"));
  // Nothing is fetched, and nothing tells where the page was made.
  CHECK_FALSE(holds(page, "http://"));
  CHECK_FALSE(holds(page, "https://"));
  CHECK_FALSE(holds(page, "<link"));
  CHECK_FALSE(holds(page, folder.path().string()));
}

TEST_CASE("equal run folders give equal reports", "[report][unit]") {
  const TempFolder one, other;
  sample_run::make(one.path());
  sample_run::make(other.path());
  const std::string page = page_of(one.path());
  CHECK(page == page_of(other.path()));
  CHECK(page == page_of(one.path()));  // over an older report
}

TEST_CASE("names of a run cannot bring markup into its report", "[report][unit]") {
  const TempFolder folder;
  const std::string evil = "<script>alert('x')</script>";
  sample_run::make(folder.path(), {.adapter = evil, .extra_variant = "<img src=x onerror=\"y\">", .media = false});
  sample_run::write(folder / "metrics.jsonl",
                    R"({"stage":"<em>s","step":0,"terms":{"</svg><i>":{"value":1,"weight":1}},"gradient_norms":{},)"
                    R"("validation":{"<em>v\"><i>":1}})");
  sample_run::write(folder / "stages/<em>s/best.json", R"({"step": 0, "metric": "<em>v\"><i>", "value": 1})");
  sample_run::write(folder / "recipe.resolved.toml", "# " + evil + "\n");
  sample_run::write(folder / "plugins.json", R"([{"name":"<u>p","version":"<u>1","sha256":"<u>f"}])");
  const std::string page = page_of(folder.path());
  CHECK(count(page, "<script>") == 1);  // the page's own
  CHECK(holds(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  CHECK_FALSE(holds(page, "<img src=x"));
  CHECK_FALSE(holds(page, "</svg><i>"));
  CHECK_FALSE(holds(page, "<em>"));
  CHECK(holds(page, "by &lt;em&gt;v&quot;&gt;&lt;i&gt; <b>1.0000</b>"));
  CHECK_FALSE(holds(page, "\"><i>"));
  CHECK_FALSE(holds(page, "<u>"));
}

TEST_CASE("a report of an interrupted run says what is missing", "[report][unit]") {
  const TempFolder folder;
  sample_run::write(folder / "recipe.resolved.toml", sample_run::recipe_text());
  std::string page = page_of(folder.path());
  for (const char* sentence : {"There are no results yet", "No variant has been measured yet", "There are no clips yet",
                               "No stage has begun", "There are no training metrics", "No alarm was raised",
                               "The run does not say what it was worked on with", "No plugins are recorded"}) {
    INFO(sentence);
    CHECK(holds(page, sentence));
  }
  std::filesystem::create_directories(folder / "stages/slow_adapter");
  sample_run::write(folder / "metrics.jsonl", sample_run::metrics_text());
  page = page_of(folder.path());
  CHECK(holds(page, "<td>not finished</td>"));
  CHECK(holds(page, "No stage has left a preview"));
  CHECK(count(page, "<svg class=\"chart\"") == 5);
}

TEST_CASE("damaged lines of metrics are left out and counted", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path(), {.media = false});
  const std::string good = page_of(folder.path());
  CHECK_FALSE(holds(good, "damaged"));
  sample_run::write(folder / "metrics.jsonl",
                    "{\"stage\": \"slow_ad\n" + sample_run::metrics_text() + "[1, 2]\n{\"stage\":\"a\",\"step\":1}\n" +
                        R"({"stage":"a","step":1,"validation":3})" + "\n" +
                        R"({"stage":"slow_adapter","step":400,"terms":{"diffusion":{"value":null,"weight":1}}})" +
                        "\n");
  const std::string page = page_of(folder.path());
  CHECK(holds(page, "4 damaged lines of metrics.jsonl were left out."));
  CHECK(holds(page, "1 value is not finite and left out."));
  const auto curves = [](const std::string& text) {
    return text.substr(text.find("<h3>slow_adapter</h3>"),
                       text.find("id=\"recipe\"") - text.find("<h3>slow_adapter</h3>"));
  };
  CHECK(curves(page) == curves(good));
}

TEST_CASE("a report shows the curves of validation, the best step and the last sheets", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path());
  const std::string before = page_of(folder.path());
  CHECK_FALSE(holds(before, "Validation of"));
  CHECK_FALSE(holds(before, "class=\"marked\""));
  sample_run::add_validation(folder.path());
  std::string page = page_of(folder.path());
  CHECK_FALSE(holds(page, "damaged"));
  CHECK(count(page, "<svg class=\"chart\"") == 7);
  CHECK(holds(page, "<h4>Validation of slow_adapter</h4><p>Best: <b>step 300</b>, by Box IoU <b>0.750</b>.</p>"));
  CHECK(holds(page, "<figcaption>Box IoU <span class=\"faint\">↑ <b>best at step 300</b></span>"));
  CHECK(holds(page, "<figcaption>Fréchet distance <span class=\"faint\">↓</span>"));
  CHECK(count(page, "class=\"marked\"") == 2);
  CHECK(holds(page, "data-x=\"100 200 300 400\" data-y=\"0.35 0.55 0.75 0.65\""));
  // The training curves are as they were.
  const auto terms = [](const std::string& text) {
    const auto begin = text.find("<h3>slow_adapter</h3>");
    return text.substr(begin, text.find("</svg>", begin) - begin);
  };
  CHECK(terms(page) == terms(before));
  CHECK(page.find("<figcaption>step 400</figcaption>") < page.find("<figcaption>step 300</figcaption>"));

  for (const int step : {500, 1000, 700, 800, 90}) {
    sample_run::write(folder / ("stages/slow_adapter/validation." + std::to_string(step) + ".png"), "png");
  }
  sample_run::write(folder / "stages/slow_adapter/validation.x1.png", "png");
  sample_run::write(folder / "stages/slow_adapter/best.json", "{\"step\": ");
  page = page_of(folder.path());
  CHECK(holds(page, "Validation clips of <b>slow_adapter</b>, the last 6 of 7"));
  CHECK(count(page, "<figcaption>step ") == 6);
  CHECK(page.find("<figcaption>step 1000</figcaption>") < page.find("<figcaption>step 800</figcaption>"));
  CHECK_FALSE(holds(page, "<figcaption>step 90</figcaption>"));
  CHECK_FALSE(holds(page, "best at step"));
}

TEST_CASE("a report shows alarms and what was done about them", "[report][unit]") {
  const TempFolder folder;
  sample_run::make(folder.path(), {.media = false});
  std::string page = page_of(folder.path());
  CHECK(holds(page, "No alarm was raised."));
  CHECK_FALSE(holds(page, "<a href=\"#alarms\"><b>"));
  sample_run::write(folder / "alarms.jsonl", std::string("{\"stage\": \"slow_ad\n") + sample_run::alarms_text() +
                                                 R"({"stage": "a", "step": 1, "policy": "warn", "text": "no name"})" +
                                                 "\n[1]\n");
  page = page_of(folder.path());
  CHECK(holds(page, "3 damaged lines of alarms.jsonl were left out."));
  CHECK(holds(page, "<p>5 alarms were raised.</p>"));
  CHECK(holds(page, "<a href=\"#alarms\"><b>5</b> alarms</a>"));
  const auto row = [&](const std::string& stage, int step, const std::string& kind, const std::string& alarm,
                       const std::string& done, const std::string& text) {
    return holds(page, "<tr><th scope=\"row\">" + stage + "</th><td class=\"number\">" + std::to_string(step) +
                           "</td><td><span class=\"verdict " + kind + "\">" + alarm + "</span></td><td>" + done +
                           "</td><td class=\"text\">" + text + "</td></tr>");
  };
  CHECK(row("slow_adapter", 312, "open", "gradient_spike", "said so", "61 times"));
  CHECK(row("fast_adapter", 40, "open", "discriminator_winning", "halved the learning rates", "0.01 &lt; 0.02"));
  CHECK(row("fast_adapter", 50, "open", "discriminator_winning", "went back to the last saved state, at lower rates",
            "0.01 again"));
  CHECK(row("fast_adapter", 120, "open", "colour_drift", "said so", "after its last step"));
  CHECK(row("fast_adapter", 61, "bad", "not_finite", "stopped the run", "&#39;gan&#39; is not finite"));

  std::string many;
  for (int i = 0; i < 250; ++i) {
    many += R"({"stage": "<em>s", "step": )" + std::to_string(i) +
            R"(, "alarm": "<em>a", "policy": "<em>p", "text": "<em>t"})" + "\n";
  }
  sample_run::write(folder / "alarms.jsonl", many);
  page = page_of(folder.path());
  CHECK(holds(page, "<p>250 alarms were raised; the last 200 are shown.</p>"));
  CHECK(count(page, "&lt;em&gt;t</td></tr>") == 200);
  CHECK(holds(page, "<td class=\"number\">249</td>"));
  CHECK_FALSE(holds(page, "<em>"));
}

TEST_CASE("what is no run folder, or is damaged, is refused in words", "[report][message]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(flashmotion::write_report(folder.path().string()), Catch::Contains("is no run folder"));
  CHECK_THROWS_AS(flashmotion::write_report((folder / "nowhere").string()), flashmotion::InputError);
  for (const char* text : {"{\"variants\": ", "[]", "{\"variants\": 3}"}) {
    sample_run::write(folder / "results.json", text);
    CHECK_THROWS_WITH(flashmotion::write_report(folder.path().string()), Catch::Contains("results.json' is damaged"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "report.html"));
  // Odd entries of a sound file are only not shown.
  sample_run::write(folder / "results.json",
                    R"({"variants": {"a": 1, "b": {"overall": {"box_iou": null, "frechet": "x"}}}, "floors": 2,
                        "expectations": [3, {"variant": "b"}], "stages": [], "seed": "s"})");
  const std::string page = page_of(folder.path());
  CHECK(holds(page, "</i>b<small>"));
  CHECK(holds(page, "<td>–</td>"));
}
