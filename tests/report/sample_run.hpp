#pragma once

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/read_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

/// A run folder made by hand, in the form that docs/results.md states.
namespace sample_run {

struct Options {
  std::int64_t seed = 0;
  std::string adapter = "injection";
  std::string extra_variant = {};  // named after the others when not empty
  double shift = 0.0;              // added to each IoU
  bool media = true;
};

struct Row {
  std::string name;
  double box_iou, frechet, sharpness;
  std::int64_t passes;
};

inline std::vector<Row> rows(const Options& options) {
  std::vector<Row> all{{"no_adapter", 0.307, 15.1, 1.08, 4},     {"slow_50", 0.750, 17.4, 0.71, 100},
                       {"slow_4", 0.705, 35.3, 0.55, 8},         {"naive", 0.688, 18.5, 1.11, 4},
                       {"diffusion_only", 0.728, 32.2, 0.57, 4}, {"gan_only", 0.627, 15.0, 1.08, 4},
                       {"hybrid", 0.748, 13.0, 0.83, 4}};
  if (!options.extra_variant.empty()) all.push_back({options.extra_variant, 0.5, 20.0, 0.9, 4});
  for (Row& row : all) row.box_iou += options.shift;
  return all;
}

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  flashmotion::write_file_atomically(file.string(), text);
}

inline void scores(flashmotion::JsonWriter& json, const Row& row, double less) {
  json.begin_object().field("mask_iou", row.box_iou - less - 0.04).field("box_iou", row.box_iou - less);
  json.field("box_iou_relative", row.box_iou - less + 0.01).field("centre_error", 1.25 + less);
  json.field("frechet", row.frechet + 10 * less).field("sharpness", row.sharpness).field("colour_drift", 0.031 + less);
  json.field("passes_per_clip", row.passes).field("seconds_per_clip", 0.012 * static_cast<double>(row.passes));
  json.end_object();
}

inline void variants(flashmotion::JsonWriter& json, const std::vector<Row>& all) {
  json.begin_object();
  for (const Row& row : all) {
    json.key(row.name).begin_object().key("overall");
    scores(json, row, 0.0);
    json.key("groups").begin_object();
    for (int objects = 1; objects <= 3; ++objects) {
      json.key(fmt::format("{}", objects));
      scores(json, row, 0.02 * (objects - 2));
    }
    json.end_object().end_object();
  }
  json.end_object();
}

inline void expectation(flashmotion::JsonWriter& json, const char* variant, const char* is, const char* than,
                        const char* metric, double estimate, double half, const char* verdict) {
  json.begin_object().field("variant", variant).field("is", is).field("than", than).field("metric", metric);
  json.field("margin", std::string(is) == "no_worse" ? (std::string(metric) == "frechet" ? 1.0 : 0.01) : 0.0);
  if (half > 0) json.field("advantage", estimate).field("low", estimate - half).field("high", estimate + half);
  json.field("verdict", verdict).end_object();
}

inline std::string results_text(const Options& options) {
  flashmotion::JsonWriter json(2);
  json.begin_object().field("version", 1).field("seed", options.seed).field("adapter", options.adapter);
  json.key("variants");
  variants(json, rows(options));
  json.key("floors");
  variants(json, {{"real", 0.806, 2.47, 1.0, 0}, {"codec", 0.79, 8.2, 0.96, 0}});
  json.key("expectations").begin_array();
  expectation(json, "hybrid", "better", "naive", "box_iou", 0.060, 0.009, "shown");
  expectation(json, "hybrid", "better", "gan_only", "box_iou", 0.121, 0.012, "shown");
  expectation(json, "hybrid", "no_worse", "slow_50", "box_iou", -0.002, 0.012, "not shown");
  expectation(json, "hybrid", "better", "slow_4", "frechet", 22.3, 4.1, "shown");
  expectation(json, "hybrid", "no_worse", "gan_only", "frechet", -3.1, 1.4, "reversed");
  expectation(json, "hybrid", "better", "diffusion_only", "sharpness", 0.26, 0.05, "shown");
  expectation(json, "hybrid", "better", "diffusion_only", "colour_drift", 0.0, 0.0, "not measured");
  json.end_array().key("stages").begin_object();
  json.key("slow_adapter").begin_object().field("seconds", 83.5).end_object();
  return json.end_object().end_object().text() + "\n";
}

inline std::string metrics_text() {
  std::string text;
  const auto line = [&](const char* stage, std::int64_t step, const char* term, double value, double weight) {
    flashmotion::JsonWriter json;
    json.begin_object().field("stage", stage).field("step", step).key("terms").begin_object();
    json.key(term).begin_object().field("value", value).field("weight", weight).end_object().end_object();
    json.key("gradient_norms").begin_object().field("adapter", 1.0 + 0.3 * std::cos(static_cast<double>(step)));
    text += json.end_object().end_object().text() + "\n";
  };
  for (std::int64_t step = 0; step < 400; step += 2) {
    const double s = static_cast<double>(step);
    line("slow_adapter", step, "diffusion", 0.35 + 0.6 * std::exp(-s / 60) + 0.05 * std::sin(s * 1.7), 1.0);
  }
  for (std::int64_t step = 0; step < 120; step += 2) {
    const double s = static_cast<double>(step);
    line("fast_adapter", step, "gan", 0.7 + 0.2 * std::sin(s * 0.9) * std::exp(-s / 80), 1.5);
    line("fast_adapter", step, "diffusion", 5.0 * std::exp(-s / 18) * (1.2 + std::sin(s)) + 0.01,
         30.0 / (1.0 + 0.04 * s));
  }
  return text;
}

inline const char* recipe_text() {
  return R"toml([run]
seed = 0

[[stage]]
name = "slow_generator"
use = "pretrain"
load = "base.safetensors"

[[stage]]
name = "slow_adapter"
use = "adapter"
load = ""

[[stage]]
name = "fast_adapter"
use = "hybrid"
load = ""

[[variant]]
name = "naive"
generator = "fast_generator"
adapter = "slow_adapter"
drop = []
sampler = "few_4"

[[variant]]
name = "gan_only"
generator = "fast_generator"
adapter = "fast_adapter"
drop = ["diffusion"]
sampler = "few_4"
)toml";
}

inline const char* environment_text() {
  return R"json([{"flashmotion": "0.0.7", "build": "Release", "compiler": "GNU 12.2.0", "libtorch": "2.11.0",
"instructions": "AVX2", "processor": "A Processor <i>", "cores": 2}])json";
}

/// Writes the whole folder; pictures and clips are a few bytes that no player opens.
inline void make(const std::filesystem::path& folder, const Options& options = {}) {
  write(folder / "recipe.resolved.toml", recipe_text());
  write(folder / "results.json", results_text(options));
  write(folder / "metrics.jsonl", metrics_text());
  write(folder / "plugins.json",
        "[\n  {\"name\": \"injection_adapter\", \"version\": \"0.1.0\", \"sha256\": \"0123abcd\"}\n]\n");
  write(folder / "environment.json", environment_text());
  write(folder / "stages/slow_generator/done.json", "{\"steps\": 0, \"seconds\": 0}\n");
  write(folder / "stages/slow_adapter/done.json", "{\"steps\": 400, \"seconds\": 83.5}\n");
  write(folder / "stages/fast_adapter/done.json", "{\"steps\": 120, \"seconds\": 245.25}\n");
  write(folder / "stages/fast_adapter.without.diffusion/done.json", "{\"steps\": 120, \"seconds\": 201.0}\n");
  if (!options.media) return;
  for (const Row& row : rows(options)) write(folder / "evaluation" / (row.name + ".mp4"), "mp4 of " + row.name);
  write(folder / "evaluation/sheet.png", "png of all");
  for (const char* stage : {"slow_adapter", "fast_adapter"}) {
    write(folder / "stages" / stage / "preview.png", std::string("png of ") + stage);
    write(folder / "stages" / stage / "preview.mp4", std::string("mp4 of ") + stage);
  }
}

/// Adds what validations of the stage `slow_adapter` leave: lines every 100 steps, where box IoU is best at step 300,
/// and two contact sheets.
inline void add_validation(const std::filesystem::path& folder, double shift = 0.0) {
  std::string lines = flashmotion::read_file((folder / "metrics.jsonl").string());
  const double box_iou[] = {0.35, 0.55, 0.75, 0.65};
  for (std::int64_t i = 0; i < 4; ++i) {
    flashmotion::JsonWriter json;
    json.begin_object().field("stage", "slow_adapter").field("step", 100 * (i + 1)).key("validation").begin_object();
    json.field("box_iou", box_iou[i] + shift).field("frechet", 9.0 - static_cast<double>(i));
    lines += json.end_object().end_object().text() + "\n";
  }
  write(folder / "metrics.jsonl", lines);
  write(folder / "stages/slow_adapter/best.json", R"({"step": 300, "metric": "box_iou", "value": 0.75})");
  for (const int step : {300, 400})
    write(folder / fmt::format("stages/slow_adapter/validation.{}.png", step), fmt::format("png at {}", step));
}

inline const char* alarms_text() {
  return R"json({"stage": "slow_adapter", "step": 312, "alarm": "gradient_spike", "policy": "warn", "text": "61 times"}
{"stage": "fast_adapter", "step": 40, "alarm": "discriminator_winning", "policy": "lower_lr", "text": "0.01 < 0.02"}
{"stage": "fast_adapter", "step": 50, "alarm": "discriminator_winning", "policy": "rollback", "text": "0.01 again"}
{"stage": "fast_adapter", "step": 120, "alarm": "colour_drift", "policy": "warn", "text": "after its last step"}
{"stage": "fast_adapter", "step": 61, "alarm": "not_finite", "policy": "stop", "text": "'gan' is not finite"}
)json";
}

}  // namespace sample_run
