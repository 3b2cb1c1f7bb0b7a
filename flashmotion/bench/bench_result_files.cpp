#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/bench/bench_result.hpp"
#include "flashmotion/io/json_value.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace flashmotion {
namespace bench_result_files {

namespace fs = std::filesystem;

constexpr std::int64_t kVersion = 1;

void write_figures(JsonWriter& json, const FigureValues& values, std::size_t count = kBenchFigures.size()) {
  for (std::size_t f = 0; f < count; ++f) json.field(kBenchFigures[f].key, values[f]);
}

void write_bounds(JsonWriter& json, std::string_view key, const Interval& interval) {
  if (std::isnan(interval.low)) return;
  json.key(key).begin_array().value(interval.low).value(interval.high).end_array();
}

void write_summary(JsonWriter& json, const BenchSummary& part) {
  json.begin_object().field("cases", part.cases).field("clips", part.clips);
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) json.field(kBenchFigures[f].key, part.figures[f].estimate);
  for (const auto& [metric, distance] : part.distances) json.field(metric, distance.value);
  json.key("interval").begin_object();
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) write_bounds(json, kBenchFigures[f].key, part.figures[f]);
  for (const auto& [metric, distance] : part.distances) {
    if (distance.interval) write_bounds(json, metric, *distance.interval);
  }
  json.end_object().key("ceiling").begin_object();
  write_figures(json, part.ceiling, kFoundFigures);
  json.end_object().key("distances").begin_object();
  for (const auto& [metric, distance] : part.distances) {
    json.key(metric).begin_object().field("features", distance.features).field("dimensions", distance.dimensions);
    if (distance.rank > 0) json.field("rank", distance.rank);
    json.end_object();
  }
  json.end_object().end_object();
}

double number_or_nan(const std::optional<JsonValue>& value) {
  return value ? value->number() : std::numeric_limits<double>::quiet_NaN();
}

FigureValues read_figures(const JsonValue& table) {
  FigureValues values = no_figures();
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f) values[f] = number_or_nan(table.find(kBenchFigures[f].key));
  return values;
}

std::optional<Interval> read_bounds(const JsonValue& bounds, std::string_view key, double estimate) {
  const auto value = bounds.find(key);
  if (!value) return std::nullopt;
  const auto ends = value->numbers();
  if (ends.size() != 2) value->fail("must be two numbers");
  return Interval{estimate, ends[0], ends[1]};
}

BenchSummary read_summary(const JsonValue& table) {
  BenchSummary part;
  part.cases = table.at("cases").whole(0);
  part.clips = table.at("clips").whole(0);
  part.ceiling = read_figures(table.at("ceiling"));
  const FigureValues values = read_figures(table);
  const JsonValue bounds = table.at("interval");
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t f = 0; f < kBenchFigures.size(); ++f)
    part.figures[f] =
        read_bounds(bounds, kBenchFigures[f].key, values[f]).value_or(Interval{values[f], unknown, unknown});
  const JsonValue distances = table.at("distances");
  for (const std::string& metric : distances.keys()) {
    const JsonValue facts = distances.at(metric);
    FeatureDistance distance;
    distance.value = number_or_nan(table.find(metric));
    distance.features = facts.at("features").whole(0);
    distance.dimensions = facts.at("dimensions").whole(0);
    if (const auto rank = facts.find("rank")) distance.rank = rank->whole(0);
    distance.interval = read_bounds(bounds, metric, distance.value);
    part.distances[metric] = distance;
  }
  return part;
}

MeasuredWith read_measured_with(const JsonValue& table) { return {table.at("name").text(), table.at("sha256").text()}; }

void write_measured_with(JsonWriter& json, std::string_view key, const MeasuredWith& with) {
  json.key(key).begin_object().field("name", with.name).field("sha256", with.file_sha256).end_object();
}

void write_features(const fs::path& file, const BenchResult& result) {
  NamedTensors tensors;
  for (const auto& [metric, cases] : result.features) {
    std::vector<Tensor> generated, reference;
    std::vector<std::int64_t> rows;
    for (const CaseFeatures& one : cases) {
      generated.push_back(one.generated);
      reference.push_back(one.reference);
      rows.push_back(one.generated.size(0));
      rows.push_back(one.reference.size(0));
    }
    tensors.emplace_back(metric + ".generated", at::cat(generated).to(at::kFloat));
    tensors.emplace_back(metric + ".reference", at::cat(reference).to(at::kFloat));
    tensors.emplace_back(metric + ".rows", at::tensor(rows).reshape({-1, 2}));
  }
  write_safetensors(file, tensors);
}

std::map<std::string, std::vector<CaseFeatures>> read_features(const fs::path& path, const BenchResult& result) {
  std::map<std::string, std::vector<CaseFeatures>> features;
  const SafetensorsFile file(path);
  const auto cases = static_cast<std::int64_t>(case_ids(result).size());
  for (const auto& entry : result.extractors) {
    const std::string& metric = entry.first;
    const Tensor generated = file.tensor(metric + ".generated"), reference = file.tensor(metric + ".reference");
    const Tensor rows = file.tensor(metric + ".rows");
    const bool fits = rows.scalar_type() == at::kLong && rows.dim() == 2 && rows.size(1) == 2 &&
                      rows.size(0) == cases && generated.dim() == 2 && reference.dim() == 2 &&
                      generated.size(1) == reference.size(1) && rows.min().item<std::int64_t>() >= 0 &&
                      rows.select(1, 0).sum().item<std::int64_t>() == generated.size(0) &&
                      rows.select(1, 1).sum().item<std::int64_t>() == reference.size(0);
    if (!fits)
      throw InputError(
          fmt::format("'{}' does not fit the results beside it; measure again with 'flashmotion flashbench "
                      "run'",
                      path.string()));
    std::int64_t g = 0, r = 0;
    const auto* count = rows.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < cases; ++i) {
      features[metric].push_back(
          {generated.slice(0, g, g + count[2 * i]), reference.slice(0, r, r + count[2 * i + 1])});
      g += count[2 * i];
      r += count[2 * i + 1];
    }
  }
  return features;
}

std::vector<BenchClip> read_clips(const JsonValue& root) {
  std::vector<BenchClip> clips;
  for (const JsonValue& value : root.at("clips").elements()) {
    BenchClip clip{value.at("id").text(), value.at("group").text(), value.at("seed").whole(0), read_figures(value),
                   read_figures(value.at("ceiling"))};
    const bool known = std::any_of(clips.begin(), clips.end(), [&](const BenchClip& c) { return c.id == clip.id; });
    if (known && clips.back().id != clip.id) value.fail("is apart from the other clips of its case");
    clips.push_back(std::move(clip));
  }
  if (clips.empty()) root.at("clips").fail("must not be empty");
  return clips;
}

}  // namespace bench_result_files

std::string result_text(const BenchResult& result) {
  using namespace bench_result_files;
  JsonWriter json(2);
  json.begin_object()
      .field("format", "flashmotion-bench-results")
      .field("version", kVersion)
      .field("label", result.label)
      .field("source", result.source)
      .key("bench")
      .begin_object()
      .field("name", result.bench_name)
      .field("kind", std::string(to_string(result.bench_kind)))
      .field("sha256", result.bench_sha256)
      .end_object()
      .field("frames", result.frames)
      .field("width", result.width)
      .field("height", result.height);
  write_measured_with(json, "finder", result.finder);
  json.key("extractors").begin_object();
  for (const auto& [metric, extractor] : result.extractors) write_measured_with(json, metric, extractor);
  json.end_object().key("overall");
  write_summary(json, result.overall);
  json.key("groups").begin_object();
  for (const auto& [group, part] : result.groups) {
    json.key(group);
    write_summary(json, part);
  }
  json.end_object().key("ceiling_by_length").begin_array();
  for (const CeilingAtLength& at : result.ceilings)
    json.begin_object()
        .field("frames", at.frames)
        .field("mask_iou", at.mask_iou)
        .field("box_iou", at.box_iou)
        .end_object();
  json.end_array().key("clips").begin_array();
  for (const BenchClip& clip : result.clips) {
    json.begin_object().field("id", clip.id).field("group", clip.group).field("seed", clip.seed);
    write_figures(json, clip.figures);
    json.key("ceiling").begin_object();
    write_figures(json, clip.ceiling, kFoundFigures);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

void write_result(const std::filesystem::path& folder, const BenchResult& result) {
  std::filesystem::create_directories(folder);
  bench_result_files::write_features(folder / "features.safetensors", result);
  write_file_atomically((folder / "results.json").string(), result_text(result));
}

BenchResult read_result(const std::filesystem::path& folder) {
  using namespace bench_result_files;
  if (!fs::is_regular_file(folder / "results.json"))
    throw InputError(fmt::format("'{}' has no results.json; 'flashmotion flashbench run' writes one", folder.string()));
  const JsonValue root = read_json(folder / "results.json");
  const auto format = root.find("format");
  if (!format || format->text() != "flashmotion-bench-results")
    root.fail("is no result of a benchmark: it has no \"format\": \"flashmotion-bench-results\"");
  if (root.at("version").whole() != kVersion)
    root.at("version").fail(fmt::format("must be {}; measure again with this program", kVersion));
  BenchResult result;
  result.label = root.at("label").text();
  result.source = root.at("source").text();
  const JsonValue bench = root.at("bench");
  result.bench_name = bench.at("name").text();
  result.bench_sha256 = bench.at("sha256").text();
  const auto kind = parse_enum<BenchKind>(bench.at("kind").text());
  if (!kind) bench.at("kind").fail("is no kind of benchmark");
  result.bench_kind = *kind;
  result.frames = root.at("frames").whole(1);
  result.width = root.at("width").whole(1);
  result.height = root.at("height").whole(1);
  result.finder = read_measured_with(root.at("finder"));
  const JsonValue extractors = root.at("extractors");
  for (const std::string& metric : extractors.keys())
    result.extractors[metric] = read_measured_with(extractors.at(metric));
  result.clips = read_clips(root);
  for (const JsonValue& at : root.at("ceiling_by_length").elements())
    result.ceilings.push_back(
        {at.at("frames").whole(1), number_or_nan(at.find("mask_iou")), number_or_nan(at.find("box_iou"))});
  result.overall = read_summary(root.at("overall"));
  const JsonValue groups = root.at("groups");
  for (const std::string& group : groups.keys()) result.groups[group] = read_summary(groups.at(group));
  result.features = read_features(folder / "features.safetensors", result);
  return result;
}

}  // namespace flashmotion
