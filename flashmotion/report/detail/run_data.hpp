#pragma once

#include "flashmotion/report/detail/alarms_file.hpp"
#include "flashmotion/report/detail/metrics_file.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a run folder says, as the report needs it. docs/results.md describes the files.

namespace flashmotion::report_detail {

/// Figures by their key; those that are missing or null are NaN.
struct Figures {
  std::map<std::string, double, std::less<>> values;

  [[nodiscard]] double operator[](std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
  }
};

struct VariantFigures {
  std::string name;
  Figures overall;
  std::vector<std::pair<std::string, Figures>> groups;  // by number of objects

  /// Those of a group; of all cases when the name is empty. Null when there is no such group.
  [[nodiscard]] const Figures* group(std::string_view objects) const;
};

struct AdvantageInterval {
  double estimate = 0, low = 0, high = 0;
};

struct Expectation {
  std::string variant, relation, than, metric, verdict;
  double margin = 0;
  std::optional<AdvantageInterval> advantage;

  /// `hybrid is better than naive`.
  [[nodiscard]] std::string sentence() const;
};

struct ResultsFile {
  std::int64_t seed = 0;
  std::string adapter;
  std::vector<VariantFigures> variants, floors;
  std::vector<Expectation> expectations;
  std::vector<std::pair<std::string, double>> stage_seconds;

  [[nodiscard]] const VariantFigures* find(std::string_view name) const;
};

struct PluginEntry {
  std::string name, version, sha256;
};

/// An entry of `environment.json`: what a run was worked on with.
struct EnvironmentEntry {
  std::string flashmotion, build, compiler, libtorch, instructions, processor;
  std::int64_t cores = 0;
};

/// `best.json` of a stage: the step whose weights did best in validation.
struct BestStep {
  std::int64_t step = 0;
  std::string metric;
  double value = 0;
};

struct StageFolder {
  std::string name;
  bool finished = false, loaded = false;
  std::int64_t steps = 0;
  double seconds = 0;
  std::optional<BestStep> best{};
  std::vector<std::int64_t> sheets{};  // steps of its `validation.<step>.png`, the last first
};

/// What the recipe says of a variant: `fast_generator + slow_adapter, few_4`.
using VariantRecipes = std::map<std::string, std::string, std::less<>>;

struct RunData {
  std::filesystem::path folder;
  std::string recipe;  // text; empty when missing
  std::optional<ResultsFile> results;
  MetricsFile metrics;
  AlarmsFile alarms;
  std::vector<PluginEntry> plugins;
  std::vector<EnvironmentEntry> environments;  // the last is the newest
  std::vector<StageFolder> stages;             // in the order of the recipe
  VariantRecipes variant_recipes;

  /// Bytes of a file below the folder, when it is there.
  [[nodiscard]] std::optional<std::string> bytes(const std::string& file) const;
  /// Null when there is no such folder.
  [[nodiscard]] const StageFolder* stage(std::string_view name) const;
};

/// `results.json` of a folder; empty when it is missing. Throws InputError when it is damaged.
[[nodiscard]] std::optional<ResultsFile> read_results(const std::filesystem::path& folder);

/// Everything. Throws InputError when the folder is no run folder or `results.json` is damaged.
[[nodiscard]] RunData read_run(const std::filesystem::path& folder);

}  // namespace flashmotion::report_detail
