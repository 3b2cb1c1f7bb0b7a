#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/player.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace flashmotion::report_detail {
namespace section_media {

std::string picture(const RunData& run, const std::string& file, const std::string& summary, const std::string& alt,
                    bool open) {
  const auto bytes = run.bytes(file);
  if (!bytes) return {};
  return fmt::format("<details{}><summary>{}</summary><div class=\"wide\"><img alt=\"{}\" src=\"{}\"></div></details>",
                     open ? " open" : "", summary, escape_html(alt), data_uri("image/png", *bytes));
}

std::string weights_text(const Curve& curve) {
  if (curve.weights.empty() || !std::isfinite(curve.weights.front())) return {};
  const auto [low, high] = std::minmax_element(curve.weights.begin(), curve.weights.end());
  if (*low == *high) return fmt::format("weight {:.4g}", *low);
  return fmt::format("weight {:.3g} → {:.3g}", curve.weights.front(), curve.weights.back());
}

std::string chart_figure(const Curve& curve, const std::string& stage, const std::string& note) {
  const std::string chart = line_chart(curve.steps, curve.values, stage + ": " + curve.name);
  if (chart.empty()) return {};
  return fmt::format("<figure class=\"curve\"><figcaption>{} <span class=\"faint\">{}</span></figcaption>{}</figure>",
                     escape_html(curve.name), note, chart);
}

}  // namespace section_media

std::string clip_section(const RunData& run) {
  using namespace section_media;
  std::string html = "<section id=\"clips\"><h2>The clips</h2>";
  const std::string sheet =
      picture(run, "evaluation/sheet.png", "Contact sheet: the same, frame by frame", "frames of all variants", false);
  std::string columns, first;
  for (std::size_t i = 0; run.results && i < run.results->variants.size(); ++i) {
    const std::string& name = run.results->variants[i].name;
    const auto bytes = run.bytes("evaluation/" + name + ".mp4");
    if (!bytes) continue;
    const std::string id = fmt::format("clip{}", i);
    if (first.empty()) {
      first = "#" + id;
      columns = player_column("real", 0, first, "") + player_column("control", 1, first, "");
    }
    columns += player_column(
        fmt::format("<i class=\"swatch\" style=\"background:{}\"></i>{}", variant_colour(i), escape_html(name)), 2,
        data_uri("video/mp4", *bytes), id);
  }
  if (columns.empty() && sheet.empty()) return html + "<p class=\"missing\">There are no clips yet.</p></section>";
  html +=
      "<p class=\"note\">Each row is one case: its real clip, the boxes that are the control, and what each variant "
      "makes of the first frame and the boxes. Outlines are where the objects should be.</p>";
  if (!columns.empty()) {
    html += player(player_row(columns));
  }
  return html + sheet + "</section>";
}

std::string stage_section(const RunData& run) {
  using namespace section_media;
  std::string html = "<section id=\"stages\"><h2>Stages</h2>";
  std::vector<StageFolder> stages = run.stages;
  if (stages.empty() && run.results) {
    for (const auto& [name, seconds] : run.results->stage_seconds) stages.push_back({name, true, false, 0, seconds});
  }
  if (stages.empty()) return html + "<p class=\"missing\">No stage has begun.</p></section>";
  double longest = 0, total = 0;
  for (const StageFolder& stage : stages) {
    longest = std::max(longest, stage.seconds);
    total += stage.seconds;
  }
  html += fmt::format(
      "<p>{} of training in all.</p><div class=\"wide\"><table class=\"times\"><thead><tr><th scope=\"col\">Stage"
      "</th><th scope=\"col\">Steps</th><th scope=\"col\">Time</th><th></th></tr></thead><tbody>",
      duration(total));
  for (const StageFolder& stage : stages) {
    const double share = longest > 0 ? 100 * stage.seconds / longest : 0;
    const std::string time = !stage.finished ? "not finished"
                             : stage.loaded  ? "taken from a checkpoint"
                                             : duration(stage.seconds);
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"bar\"><i "
        "style=\"width:{:.1f}%\"></i></td></tr>",
        escape_html(stage.name), stage.steps > 0 ? fmt::format("{}", stage.steps) : "–", time, share);
  }
  html += "</tbody></table></div>";
  std::string videos, sheets;
  for (const StageFolder& stage : stages) {
    const std::string folder = "stages/" + stage.name + "/";
    sheets += picture(run, folder + "preview.png", fmt::format("Frames after <b>{}</b>", escape_html(stage.name)),
                      "frames after " + stage.name, false);
    if (const auto bytes = run.bytes(folder + "preview.mp4")) {
      videos += fmt::format(
          "<figure><figcaption>{}</figcaption><video muted playsinline preload=\"auto\" src=\"{}\"></video></figure>",
          escape_html(stage.name), data_uri("video/mp4", *bytes));
    }
  }
  if (videos.empty() && sheets.empty()) {
    return html + "<p class=\"missing\">No stage has left a preview.</p></section>";
  }
  html += "<h3>What each stage makes</h3><p class=\"note\">Columns: real, control, generated.</p>";
  if (!videos.empty()) {
    html += player(fmt::format("<div class=\"stage-clips\">{}</div>", videos));
  }
  return html + sheets + "</section>";
}

std::string curve_section(const RunData& run) {
  using namespace section_media;
  std::string html = "<section id=\"curves\"><h2>Training curves</h2>";
  if (run.metrics.damaged > 0) {
    html += fmt::format("<p class=\"warning\">{} damaged {} left out.</p>", run.metrics.damaged,
                        run.metrics.damaged == 1 ? "line of metrics.jsonl was" : "lines of metrics.jsonl were");
  }
  if (run.metrics.not_finite > 0) {
    html += fmt::format("<p class=\"warning\">{} {} not finite and left out.</p>", run.metrics.not_finite,
                        run.metrics.not_finite == 1 ? "value is" : "values are");
  }
  if (run.metrics.stages.empty()) {
    return html + "<p class=\"missing\">There are no training metrics (metrics.jsonl).</p></section>";
  }
  html +=
      "<p class=\"note\">Terms of the loss, before their weights, against training steps: light each logged value, "
      "dark "
      "the running mean.</p>";
  for (const StageCurves& stage : run.metrics.stages) {
    std::string terms, norms;
    for (const Curve& curve : stage.terms) terms += chart_figure(curve, stage.stage, weights_text(curve));
    for (const Curve& curve : stage.gradient_norms) norms += chart_figure(curve, stage.stage, "gradient norm");
    html += fmt::format("<h3>{}</h3><div class=\"curves\">{}</div>", escape_html(stage.stage), terms);
    if (!norms.empty()) {
      html += fmt::format("<details><summary>Gradient norms of {}</summary><div class=\"curves\">{}</div></details>",
                          escape_html(stage.stage), norms);
    }
  }
  return html + "</section>";
}

}  // namespace flashmotion::report_detail
