#include "flashmotion/report/detail/metrics_file.hpp"

#include "flashmotion/report/detail/json_fields.hpp"
#include "flashmotion/report/detail/text_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace flashmotion::report_detail {
namespace metrics_file {

using Json = nlohmann::ordered_json;  // terms keep the order of the file

Curve& curve_of(std::vector<Curve>& curves, const std::string& name) {
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const Curve& c) { return c.name == name; });
  return found != curves.end() ? *found : curves.emplace_back(Curve{name, {}, {}, {}});
}

StageCurves& stage_of(MetricsFile& metrics, const std::string& name) {
  auto& stages = metrics.stages;
  const auto found = std::find_if(stages.begin(), stages.end(), [&](const auto& s) { return s.stage == name; });
  return found != stages.end() ? *found : stages.emplace_back(StageCurves{name, {}, {}, {}});
}

bool is_object_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object();
}

// False when the line is none that the trainer writes: of a step, or of a validation.
bool read_line(const std::string& line, MetricsFile& metrics) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return false;
  const std::string stage = text_or(json, "stage");
  const auto whole = whole_at(json, "step");
  if (stage.empty() || !whole) return false;
  const auto step = static_cast<double>(*whole);
  if (!is_object_at(json, "terms") && !is_object_at(json, "validation")) return false;
  const Json &terms = object_at(json, "terms"), &validation = object_at(json, "validation");
  if (std::any_of(terms.begin(), terms.end(), [](const Json& term) { return !term.is_object(); })) return false;
  StageCurves& curves = stage_of(metrics, stage);
  const auto add = [&](Curve& curve, double value, double weight) {
    if (!std::isfinite(value)) {
      ++metrics.not_finite;
      return;
    }
    curve.steps.push_back(step);
    curve.values.push_back(value);
    curve.weights.push_back(weight);
  };
  for (const auto& [name, term] : terms.items()) {
    add(curve_of(curves.terms, name), number_or(term, "value", NAN), number_or(term, "weight", NAN));
  }
  for (const auto& [role, norm] : object_at(json, "gradient_norms").items()) {
    add(curve_of(curves.gradient_norms, role), norm.is_number() ? norm.get<double>() : NAN, NAN);
  }
  for (const auto& [key, value] : validation.items()) {
    if (value.is_number() || value.is_null()) {
      add(curve_of(curves.validation, key), value.is_number() ? value.get<double>() : NAN, NAN);
    }
  }
  return true;
}

}  // namespace metrics_file

MetricsFile read_metrics(const std::string& text) {
  MetricsFile metrics;
  for_each_line(text, [&](const std::string& line) {
    if (!metrics_file::read_line(line, metrics)) ++metrics.damaged;
  });
  return metrics;
}

}  // namespace flashmotion::report_detail
