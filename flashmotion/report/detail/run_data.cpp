#include "flashmotion/report/detail/run_data.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/recipe/toml_document.hpp"
#include "flashmotion/report/detail/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace flashmotion::report_detail {
namespace fs = std::filesystem;
namespace run_data {

using Json = nlohmann::ordered_json;  // variants keep the order of the recipe

Figures read_figures(const Json& object) {
  Figures figures;
  if (!object.is_object()) return figures;
  for (const auto& [key, value] : object.items()) {
    if (value.is_number()) figures.values[key] = value.get<double>();
  }
  return figures;
}

std::vector<VariantFigures> read_variants(const Json& object) {
  std::vector<VariantFigures> variants;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_object()) continue;
    VariantFigures variant{name, read_figures(object_at(value, "overall")), {}};
    for (const auto& [group, figures] : object_at(value, "groups").items()) {
      variant.groups.emplace_back(group, read_figures(figures));
    }
    variants.push_back(std::move(variant));
  }
  return variants;
}

Expectation read_expectation(const Json& object) {
  Expectation e;
  e.variant = text_or(object, "variant");
  e.relation = text_or(object, "is", "better");
  e.than = text_or(object, "than");
  e.metric = text_or(object, "metric");
  e.verdict = text_or(object, "verdict", "not measured");
  e.margin = number_or(object, "margin", 0.0);
  const AdvantageInterval interval{number_or(object, "advantage", NAN), number_or(object, "low", NAN),
                                   number_or(object, "high", NAN)};
  if (std::isfinite(interval.estimate) && std::isfinite(interval.low) && std::isfinite(interval.high)) {
    e.advantage = interval;
  }
  return e;
}

std::vector<PluginEntry> read_plugins(const std::string& text) {
  std::vector<PluginEntry> plugins;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return plugins;
  for (const Json& entry : json) {
    if (entry.is_object()) {
      plugins.push_back({text_or(entry, "name"), text_or(entry, "version"), text_or(entry, "sha256")});
    }
  }
  return plugins;
}

std::vector<EnvironmentEntry> read_environments(const std::string& text) {
  std::vector<EnvironmentEntry> all;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return all;
  for (const Json& entry : json) {
    if (!entry.is_object()) continue;
    all.push_back({text_or(entry, "flashmotion"), text_or(entry, "build"), text_or(entry, "compiler"),
                   text_or(entry, "libtorch"), text_or(entry, "instructions"), text_or(entry, "processor"),
                   whole_at(entry, "cores").value_or(0)});
  }
  return all;
}

std::string string_of(const ConfigNode& table, std::string_view key) {
  const ConfigNode* node = table.child(key);
  return node == nullptr ? std::string() : std::string(node->string_value());
}

struct RecipeFacts {
  std::vector<std::pair<std::string, bool>> stages;  // name, taken from a checkpoint
  VariantRecipes variants;
};

RecipeFacts read_recipe_facts(const std::string& text) {
  RecipeFacts facts;
  try {
    const TomlDocument document = TomlDocument::from_text(text, "recipe.resolved.toml");
    if (const ConfigNode* stages = document.root().child("stage"); stages != nullptr && stages->is(NodeKind::array)) {
      for (std::size_t i = 0; i < stages->size(); ++i) {
        const ConfigNode& stage = stages->element(i);
        facts.stages.emplace_back(string_of(stage, "name"), !string_of(stage, "load").empty());
      }
    }
    const ConfigNode* variants = document.root().child("variant");
    for (std::size_t i = 0; variants != nullptr && variants->is(NodeKind::array) && i < variants->size(); ++i) {
      const ConfigNode& v = variants->element(i);
      const std::string adapter = string_of(v, "adapter");
      std::string what = fmt::format("{}{}{}", string_of(v, "generator"), adapter.empty() ? "" : " + ", adapter);
      const ConfigNode* drop = v.child("drop");
      for (std::size_t k = 0; drop != nullptr && drop->is(NodeKind::array) && k < drop->size(); ++k) {
        what += fmt::format("{}{}", k == 0 ? " without " : ", ", drop->element(k).string_value());
      }
      facts.variants[string_of(v, "name")] = fmt::format("{} · {}", what, string_of(v, "sampler"));
    }
  } catch (const InputError&) {
    // The text is shown all the same; only these facts are missing.
  }
  return facts;
}

std::optional<BestStep> read_best(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto step = whole_at(json, "step");
  const BestStep best{step.value_or(0), text_or(json, "metric"), number_or(json, "value", NAN)};
  if (!step || !std::isfinite(best.value) || best.metric.empty()) return std::nullopt;
  return best;
}

// 200 of `validation.200.png`.
std::optional<std::int64_t> sheet_step(const std::string& file) {
  constexpr std::string_view kBegin = "validation.", kEnd = ".png";
  if (!file.starts_with(kBegin) || !file.ends_with(kEnd)) return std::nullopt;
  const char* const end = file.data() + file.size() - kEnd.size();
  std::int64_t step = 0;
  const auto [stop, problem] = std::from_chars(file.data() + kBegin.size(), end, step);
  if (problem != std::errc() || stop != end || step < 0) return std::nullopt;
  return step;
}

std::vector<std::int64_t> read_sheets(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (const auto step = sheet_step(entry.path().filename().string())) steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end(), std::greater<>());
  return steps;
}

std::vector<StageFolder> read_stages(const RunData& run, const RecipeFacts& facts) {
  std::vector<StageFolder> stages;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(run.folder / "stages", problem)) {
    if (!entry.is_directory()) continue;
    StageFolder stage;
    stage.name = entry.path().filename().string();
    if (const auto done = run.bytes("stages/" + stage.name + "/done.json")) {
      const Json json = Json::parse(*done, nullptr, false);
      stage.finished = true;
      if (json.is_object()) {
        stage.steps = static_cast<std::int64_t>(number_or(json, "steps", 0.0));
        stage.seconds = number_or(json, "seconds", 0.0);
      }
    }
    if (const auto best = run.bytes("stages/" + stage.name + "/best.json")) stage.best = read_best(*best);
    stage.sheets = read_sheets(entry.path());
    stages.push_back(std::move(stage));
  }
  // `hybrid.without.gan` comes right after `hybrid`.
  const auto place = [&](const StageFolder& stage) {
    const std::string base = stage.name.substr(0, stage.name.find(".without."));
    const auto found =
        std::find_if(facts.stages.begin(), facts.stages.end(), [&](const auto& s) { return s.first == base; });
    return found - facts.stages.begin();
  };
  std::sort(stages.begin(), stages.end(), [&](const StageFolder& a, const StageFolder& b) {
    const auto pa = place(a), pb = place(b);
    return pa != pb ? pa < pb : a.name < b.name;
  });
  for (StageFolder& stage : stages) {
    for (const auto& [name, loaded] : facts.stages) stage.loaded = stage.loaded || (name == stage.name && loaded);
  }
  return stages;
}

}  // namespace run_data

const Figures* VariantFigures::group(std::string_view objects) const {
  if (objects.empty()) return &overall;
  for (const auto& [count, figures] : groups) {
    if (count == objects) return &figures;
  }
  return nullptr;
}

std::string Expectation::sentence() const {
  std::string words = relation;
  std::replace(words.begin(), words.end(), '_', ' ');
  return fmt::format("{} is {} than {}", variant, words, than);
}

const VariantFigures* ResultsFile::find(std::string_view name) const {
  const auto found = std::find_if(variants.begin(), variants.end(), [&](const auto& v) { return v.name == name; });
  return found == variants.end() ? nullptr : &*found;
}

std::optional<std::string> RunData::bytes(const std::string& file) const {
  std::error_code problem;
  if (!fs::is_regular_file(folder / file, problem)) return std::nullopt;
  return read_file((folder / file).string());
}

const StageFolder* RunData::stage(std::string_view name) const {
  const auto found = std::find_if(stages.begin(), stages.end(), [&](const auto& s) { return s.name == name; });
  return found == stages.end() ? nullptr : &*found;
}

std::optional<ResultsFile> read_results(const fs::path& folder) {
  using namespace run_data;
  const std::string file = (folder / "results.json").string();
  std::error_code problem;
  if (!fs::exists(file, problem)) return std::nullopt;
  const Json json = Json::parse(read_file(file), nullptr, false);
  if (!json.is_object() || !json.contains("variants") || !json["variants"].is_object()) {
    throw InputError(fmt::format(
        "'{}' is damaged: no JSON object with 'variants'; remove it and let 'flashmotion run' with --resume "
        "write it anew",
        file));
  }
  ResultsFile results;
  results.seed = static_cast<std::int64_t>(number_or(json, "seed", 0.0));
  results.adapter = text_or(json, "adapter");
  results.variants = read_variants(object_at(json, "variants"));
  results.floors = read_variants(object_at(json, "floors"));
  if (const auto list = json.find("expectations"); list != json.end() && list->is_array()) {
    for (const Json& entry : *list) {
      if (entry.is_object()) results.expectations.push_back(read_expectation(entry));
    }
  }
  for (const auto& [stage, entry] : object_at(json, "stages").items()) {
    if (entry.is_object()) results.stage_seconds.emplace_back(stage, number_or(entry, "seconds", 0.0));
  }
  return results;
}

RunData read_run(const fs::path& folder) {
  using namespace run_data;
  RunData run;
  run.folder = folder;
  std::error_code problem;
  const auto there = [&](const char* file) { return fs::exists(folder / file, problem); };
  if (!there("recipe.resolved.toml") && !there("results.json") && !there("metrics.jsonl")) {
    throw InputError(
        fmt::format("'{}' is no run folder: it holds neither recipe.resolved.toml nor results.json; give the folder "
                    "that 'flashmotion run' wrote",
                    folder.string()));
  }
  run.recipe = run.bytes("recipe.resolved.toml").value_or("");
  const RecipeFacts facts = read_recipe_facts(run.recipe);
  run.results = read_results(folder);
  run.metrics = read_metrics(run.bytes("metrics.jsonl").value_or(""));
  run.alarms = read_alarms(run.bytes("alarms.jsonl").value_or(""));
  run.plugins = read_plugins(run.bytes("plugins.json").value_or(""));
  run.environments = read_environments(run.bytes("environment.json").value_or(""));
  run.variant_recipes = facts.variants;
  run.stages = read_stages(run, facts);
  const auto place = [&](const StageCurves& curves) {
    return std::find_if(run.stages.begin(), run.stages.end(), [&](const auto& s) { return s.name == curves.stage; });
  };
  std::stable_sort(run.metrics.stages.begin(), run.metrics.stages.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return run;
}

}  // namespace flashmotion::report_detail
