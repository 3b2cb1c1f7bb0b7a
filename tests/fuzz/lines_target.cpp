#include "flashmotion/report/detail/alarms_file.hpp"
#include "flashmotion/report/detail/charts.hpp"
#include "flashmotion/report/detail/metrics_file.hpp"
#include "tests/fuzz/target.hpp"

#include <stdexcept>

// Lines of a run folder, and the charts that are drawn of their numbers.

namespace fuzz {
namespace {

namespace report = flashmotion::report_detail;

void draw(const std::vector<report::Curve>& curves) {
  for (const report::Curve& curve : curves) {
    const report::Series series{curve.name, "red", curve.steps, curve.values};
    for (const std::string& chart :
         {report::line_chart(curve.steps, curve.values, curve.name),
          report::line_chart(curve.steps, curve.values, curve.name, {.smooth = false, .marked = 1.0}),
          report::overlay_chart(std::span(&series, 1), curve.name)}) {
      // Of a few points nothing large can come, and nothing that is no number.
      if (chart.size() > 4000 + 200 * curve.steps.size() + 30 * curve.name.size())
        throw std::logic_error("a chart is too large");
      for (const char* bad : {"\"nan", " nan", "Mnan", "Lnan", "\"inf", " inf", "-inf"})
        if (chart.find(bad) != std::string::npos && curve.name.find(bad + 1) == std::string::npos)
          throw std::logic_error("a chart holds what is no number");
    }
  }
}

}  // namespace

void run_lines(std::string_view bytes) {
  constexpr std::size_t kMost = 8192;
  const std::string text(bytes.substr(0, kMost));
  static_cast<void>(report::read_alarms(text));
  for (const report::StageCurves& stage : report::read_metrics(text).stages) {
    draw(stage.terms);
    draw(stage.gradient_norms);
    draw(stage.validation);
  }
}

std::vector<std::string> lines_seeds() {
  std::string steps;
  for (int i = 0; i < 14; ++i) {
    steps += R"({"stage": "a", "step": )" + std::to_string(i) + R"(, "terms": {"t": {"value": )" +
             std::to_string(1 << i) + R"(, "weight": 1}}, "gradient_norms": {}})" + "\n";
  }
  return {
      R"({"stage": "a", "step": 0, "terms": {"t": {"value": 0.5, "weight": 2}}, "gradient_norms": {"r": 1e-9}})"
      "\n",
      R"({"stage": "a", "step": 3, "validation": {"box_iou": 0.25, "frechet": null}})"
      "\n",
      R"({"stage": "a", "step": 312, "alarm": "gradient_spike", "policy": "warn", "text": "61 times"})"
      "\n",
      // Values whose span is too large, or too small beside them, for an axis.
      R"({"stage": "a", "step": 0, "validation": {"v": -1.7e308, "w": 1e20, "x": 5e-324}})"
      "\n"
      R"({"stage": "a", "step": 1, "validation": {"v": 1.7e308, "w": 100000000000000016384, "x": 1.7e308}})"
      "\n",
      steps,
  };
}

}  // namespace fuzz
