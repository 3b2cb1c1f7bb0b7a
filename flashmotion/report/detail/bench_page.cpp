#include "flashmotion/report/detail/bench_page.hpp"

#include "flashmotion/report/detail/bench_columns.hpp"
#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/player.hpp"
#include "flashmotion/report/detail/run_data.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flashmotion::report_detail {
namespace bench_page {

namespace fs = std::filesystem;

constexpr std::size_t kShownCases = 3;  // worst ones, and best ones

std::string page(const std::string& title, const std::string& links, const std::string& content) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>" +
         escape_html(title) + "</title>\n<style>" + page_style() + "</style></head><body><nav>" + links +
         "</nav><main><h1>" + escape_html(title) + "</h1>" + content + "</main><script>" + page_script() +
         "</script></body></html>\n";
}

std::string head_cell(const std::string& label, std::string_view arrow = {}) {
  return fmt::format("<th scope=\"col\">{}{}</th>", escape_html(label),
                     arrow.empty() ? std::string() : fmt::format(" <span class=\"arrow\">{}</span>", arrow));
}

std::string bounds(double low, double high, int digits) {
  if (std::isnan(low)) return {};
  return fmt::format("<small class=\"faint\">{} to {}</small>", figure(low, digits), figure(high, digits));
}

std::string summary_cells(const BenchResult& result, const BenchSummary& part) {
  std::string html;
  for (const std::size_t f : known_figures(result)) {
    const BenchFigure& info = kBenchFigures[f];
    const Interval& interval = part.figures[f];
    html += fmt::format("<td>{} {}</td>", figure(interval.estimate, info.digits),
                        bounds(interval.low, interval.high, info.digits));
  }
  for (const auto& entry : result.extractors) {
    const auto found = part.distances.find(entry.first);
    if (found == part.distances.end()) {
      html += "<td>–</td>";
      continue;
    }
    const FeatureDistance& distance = found->second;
    html += "<td>" + distance_text(distance.value);
    if (distance.interval)
      html += fmt::format(" <small class=\"faint\">{} to {}</small>", distance_text(distance.interval->low),
                          distance_text(distance.interval->high));
    html += "</td>";
  }
  return html;
}

std::string results_part(const BenchResult& result) {
  std::string html =
      "<section id=\"results\"><h2>Results</h2><p class=\"note\">Means over cases, with 95 % bootstrap intervals over "
      "cases. Under them: what the same finder reaches on the real clips, which is the most that can be asked "
      "for.</p><div class=\"wide\"><table class=\"figures sortable\"><thead><tr>" +
      head_cell("Group") + head_cell("Cases");
  for (const std::size_t f : known_figures(result))
    html += head_cell(std::string(kBenchFigures[f].label), better_arrow(kBenchFigures[f].better));
  for (const auto& entry : result.extractors) html += head_cell(distance_label(entry.first), "↓");
  html += "</tr></thead><tbody>";
  for (const BenchRow& row : bench_rows(result))
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}</tr>", row.name, row.part->cases,
                        summary_cells(result, *row.part));
  html += "</tbody><tbody class=\"floors\"><tr><th scope=\"row\">real clips</th><td></td>";
  for (const std::size_t f : known_figures(result))
    html += "<td>" +
            (f < kFoundFigures                             ? figure(result.overall.ceiling[f], kBenchFigures[f].digits)
             : kBenchFigures[f].better == Better::near_one ? figure(1, kBenchFigures[f].digits)
                                                           : std::string()) +
            "</td>";
  for (std::size_t i = 0; i < result.extractors.size(); ++i) html += "<td></td>";
  return html + fmt::format("</tr></tbody></table></div><p class=\"note\">{}.</p></section>",
                            escape_html(extractor_notes(result)));
}

std::string lengths_part(const BenchResult& result) {
  if (result.ceilings.size() < 2) return {};
  std::string html =
      "<section id=\"ceilings\"><h2>The finder by length of clip</h2><p class=\"note\">What it reaches on the first "
      "frames of the real clips: how far its figures can be trusted.</p><div class=\"wide\"><table><thead><tr>" +
      head_cell("Frames") + head_cell("Mask IoU", "↑") + head_cell("Box IoU", "↑") + "</tr></thead><tbody>";
  for (const CeilingAtLength& at : result.ceilings)
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>", at.frames, figure(at.mask_iou, 3),
                        figure(at.box_iou, 3));
  return html + "</tbody></table></div></section>";
}

std::optional<std::string> preview_of(const fs::path& folder, const std::string& id) {
  RunData data;
  data.folder = folder;
  const auto bytes = data.bytes("previews/" + id + ".mp4");
  if (!bytes) return std::nullopt;
  return data_uri("video/mp4", *bytes);
}

std::string case_columns(const std::string& source, const std::string& id) {
  return player_column("real, with its boxes", 0, source, id) + player_column("generated", 1, "#" + id, "") +
         player_column("what was found", 2, "#" + id, "");
}

// Cases by mask IoU, the worst first.
std::vector<std::pair<std::string, double>> ranked(const BenchResult& result) {
  std::vector<std::pair<std::string, double>> cases;
  const auto ids = case_ids(result);
  const Tensor iou = figure_by_case(result, 0);
  for (std::size_t i = 0; i < ids.size(); ++i)
    cases.emplace_back(ids[i], iou[static_cast<std::int64_t>(i)].item<double>());
  std::stable_sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return cases;
}

std::string clips_part(const fs::path& folder, const BenchResult& result) {
  const auto cases = ranked(result);
  std::string rows;
  const std::size_t shown = std::min(kShownCases, cases.size() / 2 + cases.size() % 2);
  for (std::size_t i = 0; i < 2 * shown && i < cases.size(); ++i) {
    const bool worst = i < shown;
    const auto& [id, iou] = worst ? cases[i] : cases[cases.size() - 1 - (i - shown)];
    const auto preview = preview_of(folder, id);
    if (!preview) continue;
    if (i == 0 || i == shown) rows += fmt::format("<h3>{}</h3>", worst ? "Worst cases" : "Best cases");
    rows += fmt::format("<h4>{}: mask IoU {}</h4>", escape_html(id), figure(iou, 3)) +
            player_row(case_columns(*preview, fmt::format("case{}", i)));
  }
  return "<section id=\"clips\"><h2>Worst and best cases</h2>" +
         (rows.empty() ? std::string("<p class=\"missing\">No clips were kept.</p>") : player(rows)) + "</section>";
}

std::string cases_part(const BenchResult& result) {
  std::string html =
      "<section id=\"cases\"><h2>All clips</h2><p class=\"note\">Click on a heading to sort.</p><div "
      "class=\"wide\"><table "
      "class=\"figures sortable\"><thead><tr>" +
      head_cell("Case") + head_cell("Group") + head_cell("Seed");
  for (const std::size_t f : known_figures(result))
    html += head_cell(std::string(kBenchFigures[f].label), better_arrow(kBenchFigures[f].better));
  html += head_cell("Finder's mask IoU on the real clip") + "</tr></thead><tbody>";
  for (const BenchClip& clip : result.clips) {
    html +=
        fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>", escape_html(clip.id), clip.group, clip.seed);
    for (const std::size_t f : known_figures(result))
      html += "<td>" + figure(clip.figures[f], kBenchFigures[f].digits) + "</td>";
    html += "<td>" + figure(clip.ceiling[0], 3) + "</td></tr>";
  }
  return html + "</tbody></table></div></section>";
}

std::string facts(const BenchResult& result) {
  return fmt::format("<p class=\"facts\">{} on {} ({}), {} clips, {} frames of {}x{}. Objects found by {}{}.</p>",
                     escape_html(result.source), escape_html(result.bench_name), to_string(result.bench_kind),
                     result.clips.size(), result.frames, result.width, result.height, escape_html(result.finder.name),
                     result.finder.file_sha256.empty()
                         ? std::string()
                         : fmt::format(" (SHA-256 {}…)", result.finder.file_sha256.substr(0, 12)));
}

std::string tag(const std::string& name, std::size_t index) {
  return fmt::format("<i class=\"swatch\" style=\"background:{}\"></i>{}", variant_colour(index), escape_html(name));
}

std::string gain_cell(const FigureGain* gain) {
  if (gain == nullptr || !gain->gain) return "<td>–</td>";
  const char* verdict = gain->gain->low > 0 ? "good" : gain->gain->high < 0 ? "bad" : "open";
  const char* word = gain->gain->low > 0 ? "better" : gain->gain->high < 0 ? "worse" : "not told apart";
  return fmt::format(
      "<td><span class=\"verdict {}\">{}</span> <small class=\"faint\">{:+.3g}, {:+.3g} to {:+.3g}</small></td>",
      verdict, word, gain->gain->estimate, gain->gain->low, gain->gain->high);
}

const FigureGain* gain_of(const std::vector<FigureGain>& gains, const std::string& key) {
  for (const FigureGain& gain : gains) {
    if (gain.key == key) return &gain;
  }
  return nullptr;
}

// One table: all cases, or those of a group.
std::string gains_table(std::span<const ComparedModel> models,
                        const std::vector<const std::vector<FigureGain>*>& comparisons) {
  std::string html = "<div class=\"wide\"><table class=\"figures\"><thead><tr>" + head_cell("Figure") +
                     fmt::format("<th scope=\"col\">{}</th>", tag(models[0].result.label, 0));
  for (std::size_t i = 1; i < models.size(); ++i)
    html += fmt::format("<th scope=\"col\">{}</th>", tag(models[i].result.label, i)) + head_cell("against the first");
  html += "</tr></thead><tbody>";
  for (const FigureGain& gain : *comparisons[0]) {
    if (!std::isfinite(gain.first)) continue;
    html +=
        fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>", gain_label(gain.key), gain_value(gain.key, gain.first));
    for (const auto* other : comparisons) {
      const FigureGain* found = gain_of(*other, gain.key);
      html +=
          fmt::format("<td>{}</td>", found == nullptr ? "–" : gain_value(gain.key, found->other)) + gain_cell(found);
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string compared_part(std::span<const ComparedModel> models, std::span<const BenchComparison> comparisons) {
  std::vector<const std::vector<FigureGain>*> all;
  for (const BenchComparison& comparison : comparisons) all.push_back(&comparison.overall);
  std::string html =
      "<section id=\"results\"><h2>All cases</h2><p class=\"note\">Means, and how much better than the first each is "
      "on "
      "the same cases, with 95 % bootstrap intervals of the paired difference. Figures that should be 1 count by their "
      "distance from it. No correction is made for looking at several figures.</p>" +
      gains_table(models, all) + "</section><section id=\"groups\"><h2>By number of objects</h2>";
  for (const auto& entry : comparisons[0].groups) {
    std::vector<const std::vector<FigureGain>*> part;
    for (const BenchComparison& comparison : comparisons) {
      const auto found = comparison.groups.find(entry.first);
      if (found != comparison.groups.end()) part.push_back(&found->second);
    }
    if (part.size() == comparisons.size())
      html +=
          details(fmt::format("{} object{}", entry.first, entry.first == "1" ? "" : "s"), gains_table(models, part));
  }
  return html + "</section>";
}

std::string side_by_side_part(std::span<const ComparedModel> models, std::span<const BenchComparison> comparisons) {
  const auto& order = comparisons[0].by_case;
  std::string rows;
  const std::size_t shown = std::min(kShownCases, order.size() / 2 + order.size() % 2);
  for (std::size_t i = 0; i < 2 * shown && i < order.size(); ++i) {
    const auto& [id, gain] = i < shown ? order[i] : order[order.size() - 1 - (i - shown)];
    std::string columns;
    for (std::size_t m = 0; m < models.size(); ++m) {
      const auto preview = preview_of(models[m].folder, id);
      if (!preview) continue;
      const std::string name = fmt::format("case{}model{}", i, m);
      if (columns.empty()) columns += player_column("real", 0, *preview, name + "real");
      columns += player_column(tag(models[m].result.label, m), 2, *preview, name);
    }
    if (columns.empty()) continue;
    rows += fmt::format("<h4>{}: mask IoU {} of '{}' over the first</h4>", escape_html(id), signed_figure(gain, 3),
                        escape_html(models[1].result.label)) +
            player_row(columns);
  }
  return "<section id=\"clips\"><h2>Side by side</h2><p class=\"note\">Cases in which the second gains and loses "
         "most.</p>" +
         (rows.empty() ? std::string("<p class=\"missing\">No clips were kept.</p>") : player(rows)) + "</section>";
}

}  // namespace bench_page

std::string bench_html(const std::filesystem::path& folder, const BenchResult& result) {
  using namespace bench_page;
  return page(
      result.label + " on " + result.bench_name,
      "<a href=\"#results\">Results</a><a href=\"#clips\">Worst and best</a><a href=\"#cases\">All clips</a>",
      facts(result) + results_part(result) + lengths_part(result) + clips_part(folder, result) + cases_part(result));
}

std::string comparison_html(std::span<const ComparedModel> models, std::span<const BenchComparison> comparisons) {
  using namespace bench_page;
  std::string lead;
  for (const ComparedModel& model : models) lead += facts(model.result);
  return page("Models on " + models[0].result.bench_name,
              "<a href=\"#results\">Results</a><a href=\"#groups\">By number of objects</a><a href=\"#clips\">Side by "
              "side</a>",
              lead + compared_part(models, comparisons) + side_by_side_part(models, comparisons));
}

}  // namespace flashmotion::report_detail
