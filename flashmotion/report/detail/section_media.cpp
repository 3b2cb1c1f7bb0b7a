#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/player.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion::report_detail {

std::string clip_section(const RunData& run) {
  std::string html = "<section id=\"clips\"><h2>The clips</h2>";
  const auto png = run.bytes("evaluation/sheet.png");
  const std::string sheet =
      png ? details("Contact sheet: the same, frame by frame", picture(*png, "frames of all variants")) : "";
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
    if (const auto png = run.bytes(folder + "preview.png")) {
      sheets += details(fmt::format("Frames after <b>{}</b>", escape_html(stage.name)),
                        picture(*png, "frames after " + stage.name));
    }
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

}  // namespace flashmotion::report_detail
