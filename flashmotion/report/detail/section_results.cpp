#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/metric_info.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace flashmotion::report_detail {
namespace section_results {

constexpr const char* kIdea =
    "A video generator that denoises in many small steps is <b>slow</b>. An adapter trained for it makes objects "
    "follow "
    "boxes that a user draws. A <b>fast</b> generator, distilled from the slow one, needs only a few steps; but the "
    "adapter was made for the other network, and used on the fast one as it is (<b>naive</b>) it loses some of its "
    "hold. "
    "FlashMotion trains the adapter further, on the fast generator, with two losses at once: a diffusion loss, which "
    "holds the control but alone blurs the picture, and an adversarial loss, which keeps the picture sharp but alone "
    "lets go of the control. Both together (<b>hybrid</b>) are to win the control back at the fast generator’s "
    "quality. "
    "How much of this the run at hand shows, and how surely, stands below.";

// `fast_4` in a chip of its colour.
std::string variant_tag(const std::string& name, std::size_t index) {
  return fmt::format("<i class=\"swatch\" style=\"background:{}\"></i>{}", variant_colour(index), escape_html(name));
}

std::string card(const ResultsFile& results, const char* name, const char* says) {
  const auto index = static_cast<std::size_t>(results.find(name) - results.variants.data());
  const Figures& f = results.variants[index].overall;
  return fmt::format(
      "<div class=\"card\" style=\"--own:{}\"><h3>{}</h3><p class=\"says\">{}</p><dl><div><dt>Box IoU</dt><dd>{}</dd>"
      "</div><div><dt>Fréchet</dt><dd>{}</dd></div><div><dt>Passes</dt><dd>{}</dd></div></dl></div>",
      variant_colour(index), name, says, figure(f["box_iou"], 3), figure(f["frechet"], 1),
      figure(f["passes_per_clip"], 0));
}

std::string verdict_class(const std::string& verdict) {
  if (verdict == "shown") return "good";
  return verdict == "reversed" ? "bad" : "open";
}

// Half the width of the axis on which all intervals of a metric are drawn.
double plot_range(const ResultsFile& results, const std::string& metric) {
  double range = 0;
  for (const Expectation& e : results.expectations) {
    if (e.metric != metric || !e.advantage) continue;
    range = std::max({range, std::abs(e.advantage->low), std::abs(e.advantage->high), std::abs(e.advantage->estimate)});
    if (e.relation == "no_worse") range = std::max(range, e.margin);
  }
  return range > 0 ? range * 1.06 : 1.0;
}

std::string expectation_row(const ResultsFile& results, const Expectation& e) {
  const MetricInfo* metric = find_metric(e.metric);
  const int digits = metric == nullptr ? 3 : metric->digits;
  const double limit = e.relation == "no_worse" ? -e.margin : 0.0;
  std::string plot, figures = "too few cases for an interval";
  const std::string kind = verdict_class(e.verdict);
  if (e.advantage) {
    plot = interval_plot(e.advantage->estimate, e.advantage->low, e.advantage->high, limit,
                         plot_range(results, e.metric), fmt::format("var(--{})", kind));
    figures =
        fmt::format("<b>{}</b> <span class=\"faint\">{} to {}</span>", signed_figure(e.advantage->estimate, digits),
                    signed_figure(e.advantage->low, digits), signed_figure(e.advantage->high, digits));
  }
  const std::string margin =
      limit == 0.0 ? "" : fmt::format(" <span class=\"faint\">by {}</span>", figure(e.margin, digits));
  return fmt::format(
      "<tr><th scope=\"row\">{}{}</th><td>{}</td><td class=\"plot\">{}</td><td "
      "class=\"interval-text\">{}</td><td><span "
      "class=\"verdict {}\">{}</span></td></tr>",
      escape_html(e.sentence()), margin, metric == nullptr ? escape_html(e.metric) : std::string(metric->label), plot,
      figures, kind, escape_html(e.verdict));
}

// Figures that look the same in the table are equally good; a column of equal ones has no best.
bool is_best(const MetricInfo& metric, double value, const std::vector<VariantFigures>& variants,
             const std::string& group) {
  if (!std::isfinite(value)) return false;
  double best = INFINITY, worst = -INFINITY;
  for (const VariantFigures& v : variants) {
    const Figures* f = v.group(group);
    if (f == nullptr || !std::isfinite((*f)[metric.key])) continue;
    best = std::min(best, badness(metric, (*f)[metric.key]));
    worst = std::max(worst, badness(metric, (*f)[metric.key]));
  }
  const auto text = [&](double bad) { return figure(bad, metric.digits); };
  return text(badness(metric, value)) == text(best) && text(best) != text(worst);
}

std::string figure_cells(const Figures& figures, const std::vector<VariantFigures>* rivals, const std::string& group) {
  std::string cells;
  for (const MetricInfo& metric : kMetrics) {
    const double value = figures[metric.key];
    const bool floor = rivals == nullptr;
    const bool best = !floor && is_best(metric, value, *rivals, group);
    cells += fmt::format("<td{}>{}</td>", best ? " class=\"best\"" : "",
                         floor && metric.cost ? "–" : figure(value, metric.digits));
  }
  return cells;
}

std::string figure_table(const RunData& run, const std::string& group) {
  const ResultsFile& results = *run.results;
  std::string html = "<div class=\"wide\"><table class=\"figures\"><thead><tr><th scope=\"col\">Variant</th>";
  for (const MetricInfo& metric : kMetrics) {
    html += fmt::format("<th scope=\"col\">{}<small><span class=\"arrow\">{}</span> {}</small></th>", metric.label,
                        arrow(metric.direction), metric.unit);
  }
  html += "</tr></thead><tbody>";
  for (std::size_t i = 0; i < results.variants.size(); ++i) {
    const VariantFigures& variant = results.variants[i];
    const Figures* figures = variant.group(group);
    if (figures == nullptr) continue;
    const auto made_of = run.variant_recipes.find(variant.name);
    html += fmt::format("<tr><th scope=\"row\">{}<small>{}</small></th>{}</tr>", variant_tag(variant.name, i),
                        made_of == run.variant_recipes.end() ? "" : escape_html(made_of->second),
                        figure_cells(*figures, &results.variants, group));
  }
  html += "</tbody><tbody class=\"floors\">";
  for (const VariantFigures& floor : results.floors) {
    const Figures* figures = floor.group(group);
    if (figures == nullptr) continue;
    const char* says = floor.name == "real"    ? "the real clips of the cases"
                       : floor.name == "codec" ? "the same through the codec"
                                               : "";
    html += fmt::format("<tr><th scope=\"row\">{}<small>{}</small></th>{}</tr>", escape_html(floor.name), says,
                        figure_cells(*figures, nullptr, group));
  }
  return html + "</tbody></table></div>";
}

std::string group_title(const std::string& group) {
  if (group.empty()) return "All cases";
  return escape_html(group) + (group == "1" ? " object" : " objects");
}

}  // namespace section_results

std::string variant_colour(std::size_t index) { return fmt::format("var(--v{})", index % 10); }

std::string heading_section(const RunData& run) {
  using namespace section_results;
  std::vector<std::string> facts;
  if (run.results) {
    facts = {fmt::format("adapter <b>{}</b>", escape_html(run.results->adapter)),
             fmt::format("seed <b>{}</b>", run.results->seed),
             fmt::format("<b>{}</b> variants", run.results->variants.size())};
  }
  if (const std::size_t alarms = run.alarms.alarms.size(); alarms > 0) {
    facts.push_back(fmt::format("<a href=\"#alarms\"><b>{}</b> {}</a>", alarms, alarms == 1 ? "alarm" : "alarms"));
  }
  std::string cards;
  if (run.results && run.results->find("slow_50") && run.results->find("naive") && run.results->find("hybrid")) {
    cards = "<div class=\"cards\">" + card(*run.results, "slow_50", "the slow generator with its adapter") +
            card(*run.results, "naive", "the fast generator with the slow one’s adapter") +
            card(*run.results, "hybrid", "the fast generator with its own adapter") + "</div>";
  }
  return fmt::format("<header><h1>FlashMotion run</h1><p class=\"facts\">{}</p><p class=\"lead\">{}</p>{}</header>",
                     fmt::join(facts, " · "), kIdea, cards);
}

std::string verdict_section(const RunData& run) {
  using namespace section_results;
  std::string html = "<section id=\"verdicts\"><h2>What was expected, and what was seen</h2>";
  if (!run.results) {
    return html + "<p class=\"missing\">There are no results yet: the evaluation follows the last stage.</p></section>";
  }
  const auto& expectations = run.results->expectations;
  if (expectations.empty()) return html + "<p class=\"missing\">The recipe states no expectations.</p></section>";
  std::string counts;
  for (const char* verdict : {"shown", "not shown", "reversed", "not measured"}) {
    const auto count = std::count_if(expectations.begin(), expectations.end(),
                                     [&](const Expectation& e) { return e.verdict == verdict; });
    if (count > 0) {
      counts += fmt::format("{}<span class=\"verdict {}\">{} {}</span>", counts.empty() ? "" : " ",
                            verdict_class(verdict), count, verdict);
    }
  }
  html += fmt::format(
      "<p>{} of {} expected orderings.</p><p class=\"note\">Dot and bar: by how much the first is better than the "
      "second "
      "over the same cases, with the 95 % bootstrap interval of the paired difference; right of the line it is better. "
      "<i>Shown</i>: the whole interval is right of the line (for “no worse”: of the dashed margin); "
      "<i>reversed</i>: the whole interval is left of it. Sharpness counts by its distance from 1.</p>",
      counts, expectations.size());
  html +=
      "<div class=\"wide\"><table class=\"expectations\"><thead><tr><th scope=\"col\">Expected</th><th scope=\"col\">"
      "Metric</th><th scope=\"col\" class=\"plot\"><span>← worse</span><span>better →</span></th><th "
      "scope=\"col\">Advantage</th><th scope=\"col\">Verdict</th></tr></thead><tbody>";
  for (const Expectation& e : expectations) html += expectation_row(*run.results, e);
  return html + "</tbody></table></div></section>";
}

std::string table_section(const RunData& run) {
  using namespace section_results;
  std::string html = "<section id=\"results\"><h2>Results</h2>";
  if (!run.results || run.results->variants.empty()) {
    return html + "<p class=\"missing\">No variant has been measured yet.</p></section>";
  }
  std::vector<std::string> groups{""};
  for (const VariantFigures& v : run.results->variants) {
    for (const auto& [name, figures] : v.groups) {
      if (std::find(groups.begin(), groups.end(), name) == groups.end()) groups.push_back(name);
    }
  }
  html +=
      "<p class=\"note\">↑ higher is better, ↓ lower is better, → 1 best at 1; the best of each column is bold. The "
      "floors "
      "below the line say what the measures give for real clips: no variant can be expected to beat them. Fréchet "
      "distances compare only with others of the same table, for they grow as clips get fewer.</p>";
  if (groups.size() == 1) return html + figure_table(run, "") + "</section>";
  html += "<div class=\"tabs\">";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    html += fmt::format("<input type=\"radio\" name=\"group\" id=\"group{}\"{}><label for=\"group{}\">{}</label>", i,
                        i == 0 ? " checked" : "", i, group_title(groups[i]));
  }
  std::string style;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    html += fmt::format("<div class=\"panel\"><h3 class=\"print-only\">{}</h3>{}</div>", group_title(groups[i]),
                        figure_table(run, groups[i]));
    style += fmt::format("{}#group{}:checked~.panel:nth-of-type({})", i == 0 ? "" : ",", i, i + 1);
  }
  return html + "</div><style>" + style + "{display:block}</style></section>";
}

std::string scatter_section(const RunData& run) {
  std::string html = "<section id=\"trade\"><h2>Quality against control</h2>";
  std::vector<ScatterPoint> points;
  if (run.results) {
    for (std::size_t i = 0; i < run.results->variants.size(); ++i) {
      const VariantFigures& v = run.results->variants[i];
      points.push_back({v.name, v.overall["frechet"], v.overall["box_iou"], variant_colour(i)});
    }
    for (const VariantFigures& floor : run.results->floors) {
      points.push_back({floor.name, floor.overall["frechet"], floor.overall["box_iou"], "var(--faint)", true});
    }
  }
  const std::string chart = scatter_charts(points, "Fréchet distance (lower is better)", "Box IoU (higher is better)");
  if (chart.empty()) return html + "<p class=\"missing\">No variant has been measured yet.</p></section>";
  return html +
         "<p class=\"note\">Up: objects stay in their boxes. Left: clips look like real ones. Circles are floors.</p>" +
         chart + "</section>";
}

}  // namespace flashmotion::report_detail
