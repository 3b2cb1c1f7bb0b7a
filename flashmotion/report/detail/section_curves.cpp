#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/markup.hpp"
#include "flashmotion/report/detail/metric_info.hpp"
#include "flashmotion/report/detail/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace flashmotion::report_detail {
namespace section_curves {

constexpr std::size_t kMostSheets = 6;

std::string weights_text(const Curve& curve) {
  if (curve.weights.empty() || !std::isfinite(curve.weights.front())) return {};
  const auto [low, high] = std::minmax_element(curve.weights.begin(), curve.weights.end());
  if (*low == *high) return fmt::format("weight {:.4g}", *low);
  return fmt::format("weight {:.3g} → {:.3g}", curve.weights.front(), curve.weights.back());
}

std::string chart_figure(const std::string& title, const std::string& note, const std::string& chart) {
  if (chart.empty()) return {};
  return fmt::format("<figure class=\"curve\"><figcaption>{} <span class=\"faint\">{}</span></figcaption>{}</figure>",
                     escape_html(title), note, chart);
}

std::string training_chart(const Curve& curve, const std::string& stage, const std::string& note) {
  return chart_figure(curve.name, note, line_chart(curve.steps, curve.values, stage + ": " + curve.name));
}

std::string validation_chart(const Curve& curve, const StageCurves& stage, const BestStep* best) {
  const std::string title = metric_label(curve.name);
  LineOptions options{.smooth = false};
  if (best != nullptr) options.marked = static_cast<double>(best->step);
  std::string note(metric_arrow(curve.name));
  if (best != nullptr && best->metric == curve.name) note += fmt::format(" <b>best at step {}</b>", best->step);
  return chart_figure(title, note,
                      line_chart(curve.steps, curve.values, stage.stage + ": validation, " + title, options));
}

std::string best_sentence(const BestStep& best) {
  const MetricInfo* metric = find_metric(best.metric);
  return fmt::format("<p>Best: <b>step {}</b>, by {} <b>{}</b>.</p>", best.step, escape_html(metric_label(best.metric)),
                     figure(best.value, metric == nullptr ? 4 : metric->digits));
}

std::string validation_part(const StageCurves& stage, const StageFolder* folder) {
  if (stage.validation.empty()) return {};
  const BestStep* best = folder != nullptr && folder->best ? &*folder->best : nullptr;
  std::string charts;
  for (const Curve& curve : stage.validation) charts += validation_chart(curve, stage, best);
  return fmt::format("<h4>Validation of {}</h4>{}<div class=\"curves\">{}</div>", escape_html(stage.stage),
                     best == nullptr ? "" : best_sentence(*best), charts);
}

std::string sheets_part(const RunData& run, const StageFolder& stage) {
  std::string pictures;
  for (std::size_t i = 0; i < std::min(stage.sheets.size(), kMostSheets); ++i) {
    const std::int64_t step = stage.sheets[i];
    const auto png = run.bytes(fmt::format("stages/{}/validation.{}.png", stage.name, step));
    if (!png) continue;
    pictures += fmt::format("<figure><figcaption>step {}</figcaption>{}</figure>", step,
                            picture(*png, fmt::format("{}: validation clips at step {}", stage.name, step)));
  }
  if (pictures.empty()) return {};
  const std::string count = stage.sheets.size() > kMostSheets
                                ? fmt::format(", the last {} of {}", kMostSheets, stage.sheets.size())
                                : std::string();
  return details(fmt::format("Validation clips of <b>{}</b>{}", escape_html(stage.name), count), pictures);
}

std::string stage_part(const RunData& run, const StageCurves& stage) {
  std::string terms, norms;
  for (const Curve& curve : stage.terms) terms += training_chart(curve, stage.stage, weights_text(curve));
  for (const Curve& curve : stage.gradient_norms) norms += training_chart(curve, stage.stage, "gradient norm");
  std::string html = fmt::format("<h3>{}</h3><div class=\"curves\">{}</div>", escape_html(stage.stage), terms);
  if (!norms.empty()) {
    html += details(fmt::format("Gradient norms of {}", escape_html(stage.stage)),
                    "<div class=\"curves\">" + norms + "</div>");
  }
  return html + validation_part(stage, run.stage(stage.stage));
}

}  // namespace section_curves

std::string curve_section(const RunData& run) {
  using namespace section_curves;
  std::string html =
      "<section id=\"curves\"><h2>Training curves</h2>" + damaged_lines(run.metrics.damaged, "metrics.jsonl");
  if (run.metrics.not_finite > 0) {
    html += fmt::format("<p class=\"warning\">{} {} not finite and left out.</p>", run.metrics.not_finite,
                        run.metrics.not_finite == 1 ? "value is" : "values are");
  }
  std::string sheets;
  for (const StageFolder& stage : run.stages) sheets += sheets_part(run, stage);
  if (run.metrics.stages.empty()) {
    return html + "<p class=\"missing\">There are no training metrics (metrics.jsonl).</p>" + sheets + "</section>";
  }
  html +=
      "<p class=\"note\">Terms of the loss, before their weights, against training steps: light each logged value, "
      "dark "
      "the running mean. Point at a curve, or touch it, for step and value.</p>";
  for (const StageCurves& stage : run.metrics.stages) html += stage_part(run, stage);
  return html + sheets + "</section>";
}

}  // namespace flashmotion::report_detail
