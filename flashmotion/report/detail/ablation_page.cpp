#include "flashmotion/report/detail/ablation_table.hpp"
#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/player.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

namespace flashmotion::report_detail {
namespace ablation_page {

namespace fs = std::filesystem;

std::string tag(const std::string& name, std::size_t index) {
  return fmt::format("<i class=\"swatch\" style=\"background:{}\"></i>{}", variant_colour(index), escape_html(name));
}

std::string table_part(const AblationTable& table) {
  std::string html =
      "<section id=\"results\"><h2>Results</h2><p class=\"note\">Means over seeds, with half the distance from the "
      "lowest to the highest. <b>Bold</b>: the best of a column; <u>underlined</u>: the second best.</p>"
      "<div class=\"wide\"><table class=\"figures\"><thead><tr><th scope=\"col\">Variant</th>";
  for (const MetricInfo& metric : kMetrics)
    html +=
        fmt::format("<th scope=\"col\">{} <span class=\"arrow\">{}</span></th>", metric.label, arrow(metric.direction));
  html += "</tr></thead><tbody>";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const AblationRow& row = table.rows[i];
    html += fmt::format("<tr><th scope=\"row\">{}", tag(row.label(table.several), i));
    if (row.runs != row.wanted) html += fmt::format("<small>{} of {} runs</small>", row.runs, row.wanted);
    html += "</th>";
    for (std::size_t m = 0; m < kMetrics.size(); ++m) {
      const Spread& spread = row.figures[m];
      std::string text = spread.values.empty() ? "–" : figure(spread.mean, kMetrics[m].digits);
      if (spread.rank == 1) text = fmt::format("<b class=\"best\">{}</b>", text);
      if (spread.rank == 2) text = fmt::format("<u>{}</u>", text);
      if (spread.values.size() > 1 && !(kMetrics[m].cost && spread.half_range == 0))
        text += fmt::format(" <span class=\"faint\">± {}</span>", figure(spread.half_range, kMetrics[m].digits));
      html += "<td>" + text + "</td>";
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div></section>";
}

std::string trade_part(const AblationTable& table) {
  const auto column = [](std::string_view key) { return static_cast<std::size_t>(find_metric(key) - kMetrics.data()); };
  std::vector<ScatterPoint> points;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const AblationRow& row = table.rows[i];
    points.push_back({row.label(table.several), row.figures[column("box_iou")].mean,
                      row.figures[column("frechet")].mean, variant_colour(i)});
  }
  const std::string chart =
      scatter_charts(points, "Box IoU (control, higher is better)", "Fréchet distance (quality, lower is better)");
  return "<section id=\"trade\"><h2>Quality and control</h2>" +
         (chart.empty() ? std::string("<p class=\"missing\">No run has figures yet.</p>") : chart) + "</section>";
}

std::string clips_part(const std::string& folder, const AblationTable& table) {
  std::string columns, first;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const AblationRow& row = table.rows[i];
    if (row.runs == 0) continue;
    RunData run;
    run.folder = fs::path(folder) / row.folder;
    const auto bytes = run.bytes("evaluation/" + row.measured + ".mp4");
    if (!bytes) continue;
    const std::string id = fmt::format("clip{}", i);
    if (first.empty()) {
      first = "#" + id;
      columns = player_column("real", 0, first, "") + player_column("control", 1, first, "");
    }
    columns += player_column(tag(row.label(table.several), i), 2, data_uri("video/mp4", *bytes), id);
  }
  return "<section id=\"clips\"><h2>The clips</h2>" +
         (columns.empty() ? std::string("<p class=\"missing\">There are no clips yet.</p>")
                          : "<p class=\"note\">The same cases and the same noise, of the first seed.</p>" +
                                player(player_row(columns))) +
         "</section>";
}

/// `fast_adapter: gan` with the curve of each variant. A stage that variants share has one curve.
struct Overlay {
  std::string title;
  std::vector<Series> series;
};

// Adds a variant's curve to the chart of its title; one that is the same as another's is drawn once.
void lay_over(std::vector<Overlay>& overlays, const std::string& title, const std::string& variant, std::size_t index,
              const Curve& curve, bool smooth) {
  auto overlay = std::find_if(overlays.begin(), overlays.end(), [&](const Overlay& o) { return o.title == title; });
  if (overlay == overlays.end()) overlay = overlays.insert(overlays.end(), Overlay{title, {}});
  const auto same = std::find_if(overlay->series.begin(), overlay->series.end(),
                                 [&](const Series& s) { return s.values == curve.values && s.steps == curve.steps; });
  if (same != overlay->series.end()) {
    same->label += ", " + variant;
  } else {
    overlay->series.push_back({variant, variant_colour(index), curve.steps, curve.values, smooth});
  }
}

std::string curves_part(const std::string& folder, const AblationTable& table) {
  std::vector<Overlay> training, validation;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const AblationRow& row = table.rows[i];
    if (row.folder.empty() || std::find(seen.begin(), seen.end(), row.folder) != seen.end()) continue;
    seen.push_back(row.folder);
    for (const StageCurves& stage : read_run(fs::path(folder) / row.folder).metrics.stages) {
      for (const Curve& curve : stage.terms)
        lay_over(training, stage.stage + ": " + curve.name, row.variant, i, curve, true);
      for (const Curve& curve : stage.validation)
        lay_over(validation, stage.stage + ": validation, " + metric_label(curve.name), row.variant, i, curve, false);
    }
  }
  std::string html =
      "<section id=\"curves\"><h2>Curves</h2><p class=\"note\">Of the first seed, in the colours of the table: running "
      "means of the losses, and validations as they are. What variants share is drawn once. Point at a chart, or touch "
      "it, for names, step and values.</p><div class=\"curves\">";
  training.insert(training.end(), validation.begin(), validation.end());
  for (const Overlay& overlay : training) {
    const std::string chart = overlay_chart(overlay.series, overlay.title);
    if (!chart.empty())
      html += fmt::format("<figure class=\"curve\"><figcaption>{}</figcaption>{}</figure>", escape_html(overlay.title),
                          chart);
  }
  return html + "</div></section>";
}

// `colour_drift` of a run: how often, and where first.
struct Raised {
  std::string stage, alarm;
  std::int64_t first = 0, times = 0;
};

std::vector<Raised> raised_in(const AlarmsFile& file) {
  std::vector<Raised> all;
  for (const AlarmEntry& entry : file.alarms) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Raised& r) { return r.stage == entry.stage && r.alarm == entry.alarm; });
    if (found != all.end()) ++found->times;
    if (found == all.end()) all.push_back({entry.stage, entry.alarm, entry.step, 1});
  }
  return all;
}

std::string alarms_part(const std::string& folder, const std::vector<AblationRun>& runs) {
  std::string rows;
  std::int64_t damaged = 0;
  for (const AblationRun& run : runs) {
    RunData data;
    data.folder = fs::path(folder) / run.folder;
    const AlarmsFile file = read_alarms(data.bytes("alarms.jsonl").value_or(""));
    damaged += file.damaged;
    for (const Raised& raised : raised_in(file)) {
      rows += fmt::format(
          "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td><td><span class=\"verdict "
          "open\">{}</span></td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
          escape_html(run.variant), run.seed, escape_html(raised.stage), escape_html(raised.alarm), raised.times,
          raised.first);
    }
  }
  std::string html = "<section id=\"alarms\"><h2>Alarms</h2>" + damaged_lines(damaged, "alarms.jsonl");
  if (rows.empty()) return html + "<p class=\"missing\">No run raised an alarm.</p></section>";
  return html +
         fmt::format(
             "<p class=\"note\">A stage that runs share raises its alarms in the run that trained it. The reports "
             "of the runs say what was seen.</p><div class=\"wide\"><table class=\"alarms\"><thead><tr><th "
             "scope=\"col\">Variant</th><th scope=\"col\" class=\"number\">Seed</th><th "
             "scope=\"col\">Stage</th><th scope=\"col\">Alarm</th><th scope=\"col\" "
             "class=\"number\">Times</th><th scope=\"col\" class=\"number\">First "
             "step</th></tr></thead><tbody>{}</tbody></table></div></section>",
             rows);
}

std::string runs_part(const std::vector<AblationRun>& runs) {
  std::string html =
      "<section id=\"runs\"><h2>Runs</h2><div class=\"wide\"><table class=\"plugins\"><thead><tr><th>Variant</th>"
      "<th>Seed</th><th>Report</th></tr></thead><tbody>";
  for (const AblationRun& run : runs) {
    const std::string end = run.failure.empty()
                                ? fmt::format("<a href=\"{0}/report.html\">{0}</a>", escape_html(run.folder))
                                : fmt::format("<span class=\"verdict bad\">failed</span> {}", escape_html(run.failure));
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", escape_html(run.variant), run.seed,
                        end);
  }
  return html + "</tbody></table></div></section>";
}

}  // namespace ablation_page

std::string ablation_html(const std::string& folder, const AblationTable& table, const std::vector<AblationRun>& runs) {
  using namespace ablation_page;
  const auto failed = std::count_if(runs.begin(), runs.end(), [](const AblationRun& r) { return !r.failure.empty(); });
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
      "<title>FlashMotion ablation</title>\n<style>";
  page += page_style();
  page +=
      "</style></head><body><nav><a href=\"#results\">Results</a><a href=\"#trade\">Quality and control</a>"
      "<a href=\"#clips\">Clips</a><a href=\"#curves\">Curves</a><a href=\"#alarms\">Alarms</a><a "
      "href=\"#runs\">Runs</a></nav><main><h1>Ablation</h1>";
  page += fmt::format("<p class=\"facts\">{} runs{}</p>", runs.size(),
                      failed == 0 ? std::string() : fmt::format(", {} failed", failed));
  page += table_part(table) + trade_part(table) + clips_part(folder, table) + curves_part(folder, table) +
          alarms_part(folder, runs) + runs_part(runs);
  return page + "</main><script>" + page_script() + "</script></body></html>\n";
}

}  // namespace flashmotion::report_detail
