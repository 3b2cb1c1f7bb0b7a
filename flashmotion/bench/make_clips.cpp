#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/detail/make_parts.hpp"
#include "flashmotion/core/rng.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace flashmotion::make_bench_detail {
namespace {

// A clip that shows all its objects in its first frame.
struct WholeClip {
  const ClipSurvey* clip = nullptr;
  std::int64_t start = 0;
};

// The first start at which all objects are seen; none when there is none.
std::optional<std::int64_t> start_of(const ClipSurvey& clip, const ClipStock& stock) {
  const double pixels = static_cast<double>(stock.extent.width * stock.extent.height);
  for (std::int64_t start = 0; start + stock.frames <= clip.frames; ++start) {
    const bool all = std::all_of(clip.labels.begin(), clip.labels.end(), [&](const LabelTrail& trail) {
      return static_cast<double>(trail.areas[static_cast<std::size_t>(start)]) >= kLeastFirstShare * pixels;
    });
    if (all) return start;
  }
  return std::nullopt;
}

void write_clip(BenchWriter& writer, const std::string& id, const WholeClip& whole, const ClipStock& stock,
                const StopFlag& stop) {
  const ClipSurvey& clip = *whole.clip;
  std::vector<BenchObject> objects;
  std::array<std::uint8_t, 256> numbers{};
  for (std::size_t k = 0; k < clip.labels.size(); ++k) {
    numbers[clip.labels[k].label] = static_cast<std::uint8_t>(k + 1);
    objects.push_back(
        {clip.labels.size() == 1 ? words_of(clip.files.name) : fmt::format("object {}", k + 1), "", object_colour(k)});
  }
  ClipReader reader(clip.files, stock.extent, clip.frames, clip.colours);
  writer.begin(id, clip.files.prompt, objects);
  for (std::int64_t t = whole.start; t < whole.start + stock.frames; ++t) {
    stop.throw_if_stopped();
    const Tensor raw = reader.labels(t);
    Tensor labels = at::zeros(raw.sizes(), at::kByte);
    const auto* from = raw.const_data_ptr<std::uint8_t>();
    auto* to = labels.data_ptr<std::uint8_t>();
    std::transform(from, from + raw.numel(), to, [&](std::uint8_t label) { return numbers[label]; });
    writer.add(reader.picture(t), labels);
  }
  writer.end();
}

}  // namespace

MadeBench make_of_clips(const MakeBenchOptions& options, const StopFlag& stop, const ProgressOptions& progress) {
  ClipStock stock = survey_clips(options, stop, progress);
  std::map<std::string, std::vector<WholeClip>> groups;
  for (const ClipSurvey& clip : stock.clips) {
    const auto start = start_of(clip, stock);
    if (start) {
      groups[bench_group(static_cast<std::int64_t>(clip.labels.size()))].push_back({&clip, *start});
    } else {
      stock.skipped.push_back({clip.files.name, fmt::format("no frame from which {} frames follow shows all of its {} "
                                                            "objects",
                                                            stock.frames, clip.labels.size())});
    }
  }
  std::int64_t cases = 0;
  for (const std::string_view group : kBenchGroups) {
    auto& found = groups[std::string(group)];
    if (!wants(options, group)) found.clear();
    if (found.empty() && !options.groups.empty() && wants(options, group))
      throw InputError(
          fmt::format("'{}' has no clip with {} objects, which group '{}' needs; leave the group out, or "
                      "make a benchmark of kind 'composite'",
                      options.clips.string(), group, group));
    // The seed draws which are taken; the clips' order stays.
    Rng rng(static_cast<std::uint64_t>(options.seed), fmt::format("flashbench.clips.{}", group));
    if (static_cast<std::int64_t>(found.size()) > options.per_group) {
      const Tensor order = rng.permutation(static_cast<std::int64_t>(found.size()));
      std::vector<WholeClip> drawn;
      for (std::int64_t i = 0; i < options.per_group; ++i)
        drawn.push_back(found[static_cast<std::size_t>(order[i].item<std::int64_t>())]);
      std::sort(drawn.begin(), drawn.end(), [](const WholeClip& a, const WholeClip& b) { return a.clip < b.clip; });
      found = std::move(drawn);
    }
    cases += static_cast<std::int64_t>(found.size());
  }
  if (cases == 0)
    throw InputError(
        fmt::format("no clip of '{}' shows all its objects in a frame with enough frames after it; ask for "
                    "fewer --frames",
                    options.clips.string()));
  BenchWriter writer(bench_of(options, stock.extent, stock.frames, 24));
  ProgressBar bar("cases", cases, progress);
  for (const std::string_view group : kBenchGroups) {
    std::int64_t index = 0;
    for (const WholeClip& whole : groups[std::string(group)]) {
      const std::string id = case_id(group, index++);
      try {
        write_clip(writer, id, whole, stock, stop);
      } catch (const InputError& error) {
        throw InputError(fmt::format("clip '{}': {}; mend or remove it", whole.clip->files.name, error.message()));
      }
      bar.advance(1, id);
    }
  }
  bar.finish();
  const bool fresh = writer.finish();
  return {writer.bench(), stock.skipped, !fresh};
}

}  // namespace flashmotion::make_bench_detail
