#include "flashmotion/train/results.hpp"

#include "flashmotion/base/json.hpp"

#include <fmt/format.h>

namespace flashmotion {
namespace results_detail {

void write_scores(JsonWriter& json, const Scores& s, const VariantScores& variant) {
  json.begin_object()
      .field("mask_iou", s.mask_iou)
      .field("box_iou", s.box_iou)
      .field("box_iou_relative", s.box_iou_relative)
      .field("centre_error", s.centre_error)
      .field("frechet", s.frechet)
      .field("sharpness", s.sharpness)
      .field("colour_drift", s.colour_drift)
      .field("passes_per_clip", variant.passes_per_clip)
      .field("seconds_per_clip", variant.seconds_per_clip)
      .end_object();
}

void write_variants(JsonWriter& json, const std::vector<std::pair<std::string, VariantScores>>& variants) {
  json.begin_object();
  for (const auto& [name, scores] : variants) {
    json.key(name).begin_object().key("overall");
    write_scores(json, scores.overall, scores);
    json.key("groups").begin_object();
    for (const auto& [group, figures] : scores.groups) {
      json.key(fmt::format("{}", group));
      write_scores(json, figures, scores);
    }
    json.end_object().end_object();
  }
  json.end_object();
}

}  // namespace results_detail

std::string judge(const std::optional<Interval>& advantage, bool no_worse, double margin) {
  if (!advantage) return "not measured";
  const double limit = no_worse ? -margin : 0.0;
  if (advantage->low > limit) return "shown";
  if (advantage->high < limit) return "reversed";
  return "not shown";
}

std::string results_json(const Results& results) {
  using results_detail::write_variants;
  JsonWriter json(2);
  json.begin_object().field("version", 1).field("seed", results.seed).field("adapter", results.adapter);
  json.key("variants");
  write_variants(json, results.variants);
  json.key("floors");
  write_variants(json, results.floors);
  json.key("expectations").begin_array();
  for (const Verdict& v : results.verdicts) {
    json.begin_object().field("variant", v.variant).field("is", v.relation).field("than", v.than);
    json.field("metric", v.metric).field("margin", v.margin);
    if (v.advantage) {
      json.field("advantage", v.advantage->estimate).field("low", v.advantage->low).field("high", v.advantage->high);
    }
    json.field("verdict", v.verdict).end_object();
  }
  json.end_array().key("stages").begin_object();
  for (const auto& [stage, seconds] : results.stage_seconds) {
    json.key(stage).begin_object().field("seconds", seconds).end_object();
  }
  json.end_object().end_object();
  return json.text() + "\n";
}

}  // namespace flashmotion
