#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/report/ablation_report.hpp"
#include "flashmotion/report/bench_report.hpp"
#include "flashmotion/report/report.hpp"
#include "tests/bench/measured_bench.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/full.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// Pages in a browser, as on a phone. The page is left as it is: it lies in a frame of another that looks at it, and
// moves a pointer over it.

namespace report_browser_test {

namespace fs = std::filesystem;

struct Outcome {
  bool good = false;
  std::string text;
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[1 << 16];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    outcome.text.append(buffer, count);
  outcome.good = ::pclose(pipe) == 0;
  return outcome;
}

/// Empty when there is none.
std::string browser() {
  if (const char* given = std::getenv("FLASHMOTION_CHROMIUM")) return given;
  std::istringstream found(run("command -v chromium chromium-browser google-chrome").text);
  std::string first;
  std::getline(found, first);
  return first;
}

// Looks at the page in the frame: one line a finding, a key and what was found. `ask` adds findings of its own.
constexpr const char* kProbe = R"html(<!doctype html><html><body style="margin:0">
<iframe id="page" style="width:390px;height:844px;border:0" src="PAGE"></iframe><pre id="found"></pre><script>
var frame = document.getElementById('page');
function say(key, value) { document.getElementById('found').textContent += key + ' ' + value + '\n'; }
function tip() {
  var tip = frame.contentDocument.querySelector('.tip');
  return !tip || tip.hidden ? 'none' : tip.innerText.replace(/\s+/g, ' ').trim();
}
function point(kind, label, across, type) {
  var page = frame.contentDocument, target = label ? page.querySelector('.chart[aria-label="' + label + '"]') : page.body;
  var box = target.getBoundingClientRect();
  target.dispatchEvent(new frame.contentWindow.PointerEvent(kind, {
    clientX: box.left + across * box.width, clientY: box.top + 0.5 * box.height, bubbles: true, pointerType: type || 'mouse'
  }));
}
window.addEventListener('load', function () {
  var page = frame.contentDocument;
  page.querySelectorAll('details').forEach(function (details) { details.open = true; });
  say('width', page.documentElement.scrollWidth);
  var outside = [];
  page.querySelectorAll('*').forEach(function (element) {
    ['src', 'href', 'xlink:href', 'poster', 'srcset', 'data', 'action', 'background'].forEach(function (name) {
      var url = element.getAttribute(name);
      if (url !== null && !/^(data:|#)/.test(url)) outside.push(element.tagName.toLowerCase() + ' ' + url);
    });
    if (/url\(|@import/.test(element.getAttribute('style') || '')) outside.push('style');
  });
  page.querySelectorAll('style').forEach(function (style) {
    if (/url\(|@import/.test(style.textContent)) outside.push('stylesheet');
  });
  say('outside', outside.join(', ') || 'nothing');
  say('fetched', frame.contentWindow.performance.getEntriesByType('resource').map(function (entry) {
    return entry.name;
  }).join(', ') || 'nothing');
  var videos = Array.from(page.querySelectorAll('video'));
  say('videos', videos.length);
  say('playable', videos.filter(function (video) { return video.readyState >= 2 && video.duration > 0; }).length);
  say('pictures', Array.from(page.querySelectorAll('img')).filter(function (image) { return image.naturalWidth > 0; }).length);
  ASK
  say('end', 'reached');
});
</script></body></html>
)html";

struct Findings {
  std::map<std::string, std::string> found;
  std::string console;  // what the browser would show there, a line each

  std::string operator[](const std::string& key) const {
    const auto at = found.find(key);
    return at == found.end() ? "not found" : at->second;
  }
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

/// `page` is a file of the folder.
Findings look_at(const TempFolder& folder, const std::string& page, const std::string& ask) {
  sample_run::write(folder / "probe.html", replaced(replaced(kProbe, "PAGE", page), "ASK", ask));
  const Outcome outcome =
      run("timeout 120 '" + browser() +
          "' --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files --no-first-run "
          "--disable-extensions --disable-background-networking --host-resolver-rules='MAP * ~NOTFOUND' "
          "--window-size=800,900 --virtual-time-budget=2000 --enable-logging=stderr --user-data-dir='" +
          (folder / "profile").string() + "' --dump-dom 'file://" + (folder / "probe.html").string() + "' 2>'" +
          (folder / "log.txt").string() + "'");
  const std::string log = flashmotion::read_file((folder / "log.txt").string());
  INFO(log);
  REQUIRE(outcome.good);
  Findings findings;
  std::istringstream logged(log);
  for (std::string line; std::getline(logged, line);)
    if (line.find(":CONSOLE") != std::string::npos) findings.console += line + "\n";
  const std::string begin = "<pre id=\"found\">";
  const auto at = outcome.text.find(begin);
  REQUIRE(at != std::string::npos);
  std::istringstream lines(outcome.text.substr(at + begin.size(), outcome.text.find("</pre>", at) - at - begin.size()));
  for (std::string line; std::getline(lines, line);)
    findings.found[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  return findings;
}

/// Puts pictures and clips that can be shown in the place of the sample's.
void make_media_real(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".mp4")
      flashmotion::write_video(entry.path(), at::full({4, 16, 48, 3}, 128, at::kByte), 8.0);
    if (entry.path().extension() == ".png") flashmotion::write_png(entry.path(), at::full({3, 16, 2000}, 0.5));
  }
}

TEST_CASE("a report works on a phone, fetches nothing and shows values under the pointer", "[report][unit][.browser]") {
  if (browser().empty()) FLASHMOTION_SKIP("there is no chromium; scripts/test installs it");
  const TempFolder folder;
  sample_run::make(folder.path());
  sample_run::add_validation(folder.path());
  make_media_real(folder.path());
  flashmotion::write_report(folder.path().string());
  const Findings page = look_at(folder, "report.html", R"js(
  say('before', tip());
  point('pointermove', 'slow_adapter: diffusion', 0.153);
  say('mouse', tip());
  point('pointerleave', 'slow_adapter: diffusion', 0.153);
  say('left', tip());
  point('pointerdown', 'slow_adapter: validation, Box IoU', 0.97, 'touch');
  point('pointerleave', 'slow_adapter: validation, Box IoU', 0.97, 'touch');
  say('touched', tip());
  point('pointerdown', '', 0.5, 'touch');
  say('elsewhere', tip());
  point('pointermove', 'slow_adapter: diffusion', 2.0);
  say('beside', tip());
)js");
  CHECK(page["end"] == "reached");
  CHECK(page.console == "");
  CHECK(std::stoi(page["width"]) <= 390);
  CHECK(page["outside"] == "nothing");
  CHECK(page["fetched"] == "nothing");
  // Seven variants with real clips and control beside them, and two stages.
  CHECK(page["videos"] == "11");
  CHECK(page["playable"] == "11");
  CHECK(page["pictures"] == "5");
  CHECK(page["before"] == "none");
  // The first step: 0.35 + 0.6, and the mean of a twelfth of the curve.
  CHECK_THAT(page["mouse"], Catch::StartsWith("step 0 value 0.95 mean 0.8"));
  CHECK(page["left"] == "none");
  CHECK(page["touched"] == "step 400 value 0.65");
  CHECK(page["elsewhere"] == "none");
  CHECK(page["beside"] == "none");
}

TEST_CASE("an ablation's page names its variants under the pointer", "[report][unit][.browser]") {
  if (browser().empty()) FLASHMOTION_SKIP("there is no chromium; scripts/test installs it");
  const TempFolder folder;
  for (const char* run : {"a", "b"}) {
    sample_run::make(folder / run, {.shift = run[0] == 'b' ? 0.01 : 0.0});
    sample_run::add_validation(folder / run, run[0] == 'b' ? 0.125 : 0.0);
  }
  make_media_real(folder.path());
  flashmotion::write_ablation(folder.path().string(), {{"a", 0, "a", ""}, {"b<i>", 0, "b", ""}}, {});
  const Findings page = look_at(folder, "ablation.html", R"js(
  point('pointermove', 'slow_adapter: validation, Box IoU', 0.97);
  say('validation', tip());
  point('pointermove', 'slow_adapter: diffusion', 0.5);
  say('shared', tip());
)js");
  CHECK(page["end"] == "reached");
  CHECK(page.console == "");
  CHECK(std::stoi(page["width"]) <= 390);
  // Links to the runs are followed by readers only.
  CHECK(page["outside"] == "a a/report.html, a b/report.html");
  CHECK(page["fetched"] == "nothing");
  CHECK(page["playable"] == page["videos"]);
  CHECK(page["validation"] == "step 400 b&lt;i&gt; 0.775 a 0.65");
  CHECK_THAT(page["shared"], Catch::Contains("a, b&lt;i&gt; 0."));
}

TEST_CASE("a benchmark's page plays its cases and sorts its tables", "[report][unit][.browser]") {
  if (browser().empty()) FLASHMOTION_SKIP("there is no chromium; scripts/test installs it");
  const TempFolder folder;
  const auto bench = measured_bench::toy(folder);
  auto tools = measured_bench::tools();
  tools.previews = folder / "previews";
  flashmotion::BenchMeter meter(bench, tools);
  for (std::size_t i = 0; i < bench.cases.size(); ++i)
    meter.add(bench.cases[i], 0,
              {.video = flashmotion::read_case(bench, bench.cases[i]).video, .seconds = i == 2 ? 10.0 : 9.0});
  flashmotion::BenchResult result = meter.result();
  result.label = "mine";
  flashmotion::write_bench_report(folder.path(), result);
  const Findings page = look_at(folder, "report.html", R"js(
  var table = frame.contentDocument.querySelector('#cases table');
  var head = Array.from(table.tHead.rows[0].cells).find(function (cell) { return /Seconds/.test(cell.textContent); });
  head.click();
  say('rising', table.tBodies[0].rows[5].cells[0].textContent);
  head.click();
  say('falling', table.tBodies[0].rows[0].cells[0].textContent);
)js");
  CHECK(page["end"] == "reached");
  CHECK(page.console == "");
  CHECK(std::stoi(page["width"]) <= 390);
  CHECK(page["outside"] == "nothing");
  CHECK(page["fetched"] == "nothing");
  CHECK(page["videos"] == "18");  // six cases of three pictures
  CHECK(page["playable"] == page["videos"]);
  CHECK(page["rising"] == bench.cases[2].id);  // numbers, not words
  CHECK(page["falling"] == bench.cases[2].id);
}

TEST_CASE("what is wrong with a page is found", "[report][unit][.browser]") {
  if (browser().empty()) FLASHMOTION_SKIP("there is no chromium; scripts/test installs it");
  const TempFolder folder;
  sample_run::write(folder / "bad.html",
                    "<!doctype html><body><p style=\"width:500px\">wide</p><img src=\"picture.png\">"
                    "<script>setTimeout(function () { missing(); }, 50);</script></body>");
  const Findings page = look_at(folder, "bad.html", "");
  CHECK(page["end"] == "reached");
  CHECK(std::stoi(page["width"]) > 390);
  CHECK(page["outside"] == "img picture.png");
  CHECK_THAT(page.console, Catch::Contains("missing is not defined"));
}

}  // namespace report_browser_test
