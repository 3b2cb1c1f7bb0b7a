#include "flashmotion/bench/measured_cases.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/json.hpp"
#include "flashmotion/base/sha256.hpp"
#include "flashmotion/bench/file_identity.hpp"
#include "flashmotion/io/safetensors.hpp"
#include "flashmotion/version.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace flashmotion {
namespace measured_cases {

namespace fs = std::filesystem;

constexpr std::string_view kGenerated = "generated.", kReference = "reference.";

Tensor rows_of(const std::vector<std::vector<double>>& rows) {
  const auto width = static_cast<std::int64_t>(rows.empty() ? 0 : rows.front().size());
  Tensor table = at::empty({static_cast<std::int64_t>(rows.size()), width}, at::kDouble);
  double* to = table.mutable_data_ptr<double>();
  for (const auto& row : rows) to = std::copy(row.begin(), row.end(), to);
  return table;
}

FigureValues values_at(const Tensor& table, std::int64_t row) {
  FigureValues values{};
  const Tensor line = table.select(0, row).contiguous();
  std::copy_n(line.const_data_ptr<double>(), values.size(), values.begin());
  return values;
}

}  // namespace measured_cases

MeasuredCases::MeasuredCases(std::filesystem::path folder, const Bench& bench, const BenchTools& tools)
    : folder_(std::move(folder)), bench_(bench) {
  JsonWriter json(0);
  json.begin_object().field("version", kVersion);
  json.field("bench", sha256_of_file((bench.folder / "bench.json").string()));
  json.key("figures").begin_array();
  for (const BenchFigure& figure : kBenchFigures) json.value(figure.key);
  json.end_array().field("finder", tools.finder.name + " " + tools.finder.file_sha256).key("extractors").begin_object();
  for (const FeatureExtractor& extractor : tools.extractors)
    json.field(extractor.metric, extractor.name + " " + extractor.file_sha256);
  tools_ = json.end_object().end_object().text();
}

std::string MeasuredCases::inputs(const BenchCase& one, std::span<const std::filesystem::path> files) const {
  std::vector<std::string> lines{tools_, one.id, one.group};
  for (const std::string& part : {one.trajectory, one.reference, one.masks})
    add_file_lines(bench_.folder / part, lines);
  for (const auto& file : files) add_file_lines(file, lines);
  Sha256 digest;
  for (const std::string& line : lines) digest.update(line + "\n");
  return digest.hex();
}

std::optional<MeasuredCase> MeasuredCases::find(const BenchCase& one,
                                                std::span<const std::filesystem::path> files) const {
  using namespace measured_cases;
  const fs::path path = folder_ / (one.id + ".safetensors");
  std::error_code code;
  if (!fs::exists(path, code)) return std::nullopt;
  try {
    const SafetensorsFile file(path);
    const auto inputs_kept = file.metadata().find("inputs");
    if (inputs_kept == file.metadata().end() || inputs_kept->second != inputs(one, files)) return std::nullopt;
    MeasuredCase measured;
    const Tensor extent = file.tensor("extent"), figures = file.tensor("figures"), ceiling = file.tensor("ceiling"),
                 ceilings = file.tensor("ceilings"), seeds = file.tensor("seeds");
    const auto width = static_cast<std::int64_t>(FigureValues{}.size());
    if (figures.dim() != 2 || figures.size(1) != width || ceiling.sizes() != at::IntArrayRef({1, width}) ||
        ceilings.dim() != 2 || ceilings.size(1) != 3 || seeds.dim() != 1 || seeds.size(0) != figures.size(0) ||
        extent.dim() != 1 || extent.size(0) != 3)
      return std::nullopt;  // of a build with other figures
    measured.frames = extent[0].item<std::int64_t>();
    measured.height = extent[1].item<std::int64_t>();
    measured.width = extent[2].item<std::int64_t>();
    for (std::int64_t i = 0; i < figures.size(0); ++i)
      measured.clips.push_back(
          {one.id, one.group, seeds[i].item<std::int64_t>(), values_at(figures, i), values_at(ceiling, 0)});
    for (std::int64_t i = 0; i < ceilings.size(0); ++i)
      measured.ceilings.push_back({static_cast<std::int64_t>(ceilings[i][0].item<double>()),
                                   ceilings[i][1].item<double>(), ceilings[i][2].item<double>()});
    for (const std::string& name : file.names()) {
      if (name.starts_with(kGenerated))
        measured.features[name.substr(kGenerated.size())].generated = file.tensor(name).clone();
      if (name.starts_with(kReference))
        measured.features[name.substr(kReference.size())].reference = file.tensor(name).clone();
    }
    if (measured.clips.empty()) return std::nullopt;
    return measured;
  } catch (const InputError&) {
    return std::nullopt;  // damaged: it is measured anew
  }
}

void MeasuredCases::keep(const BenchCase& one, const std::string& inputs, const MeasuredCase& measured) const {
  using namespace measured_cases;
  const auto row = [](const FigureValues& values) { return std::vector<double>(values.begin(), values.end()); };
  std::vector<std::vector<double>> figures, ceilings;
  Tensor seeds = at::empty({static_cast<std::int64_t>(measured.clips.size())}, at::kLong);
  for (const BenchClip& clip : measured.clips) {
    seeds.mutable_data_ptr<std::int64_t>()[figures.size()] = clip.seed;
    figures.push_back(row(clip.figures));
  }
  for (const CeilingAtLength& at : measured.ceilings)
    ceilings.push_back({static_cast<double>(at.frames), at.mask_iou, at.box_iou});
  Tensor extent = at::empty({3}, at::kLong);
  std::copy_n(std::array{measured.frames, measured.height, measured.width}.begin(), 3,
              extent.mutable_data_ptr<std::int64_t>());
  NamedTensors tensors{{"extent", extent},
                       {"seeds", seeds},
                       {"figures", rows_of(figures)},
                       {"ceiling", rows_of({row(measured.clips.front().ceiling)})},
                       {"ceilings", rows_of(ceilings)}};
  for (const auto& [metric, features] : measured.features) {
    tensors.push_back({std::string(kGenerated) + metric, features.generated});
    tensors.push_back({std::string(kReference) + metric, features.reference});
  }
  fs::create_directories(folder_);
  write_safetensors(folder_ / (one.id + ".safetensors"), tensors, {{"inputs", inputs}});
}

}  // namespace flashmotion
