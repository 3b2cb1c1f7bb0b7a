#include "flashmotion/bench/make_bench.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/bench/detail/make_parts.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flashmotion {
namespace make_bench_detail {

constexpr std::int64_t kMostFrames = 121;   // where nobody says how many
constexpr std::int64_t kMostRead = 10'000;  // frames of a clip
constexpr std::int64_t kSideStep = 16;      // sides are multiples of what video models divide by
constexpr std::size_t kShownReasons = 12;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

[[noreturn]] void no_clip_left(const std::filesystem::path& folder, const std::vector<SkippedClip>& skipped) {
  std::string text = fmt::format("'{}' holds no clip that can be used", folder.string());
  for (std::size_t i = 0; i < std::min(skipped.size(), kShownReasons); ++i)
    text += fmt::format("\n  {}: {}", skipped[i].clip, skipped[i].reason);
  if (skipped.size() > kShownReasons) text += fmt::format("\n  and {} more", skipped.size() - kShownReasons);
  throw InputError(text +
                   "\nA clip is CLIP/frames/*.jpg (or png) with CLIP/masks/*.png, or CLIP.mp4 with CLIP_masks/*.png: "
                   "one mask for each frame, a label for each object");
}

// The first clip's size, in steps that models divide by.
ClipExtent extent_for(const MakeBenchOptions& options, const std::vector<ClipFiles>& files) {
  if (options.width > 0) return {options.width, options.height};
  for (const ClipFiles& clip : files) {
    try {
      const ClipExtent extent = extent_of(clip);
      const auto step = [](std::int64_t side) { return std::max(kSideStep, side / kSideStep * kSideStep); };
      return {step(extent.width), step(extent.height)};
    } catch (const InputError&) {
      continue;  // it is told of when it is surveyed
    }
  }
  return {kSideStep, kSideStep};
}

// The most frames that all clips have which are not far shorter than the longest.
std::int64_t frames_for(const std::vector<ClipSurvey>& clips) {
  std::int64_t longest = 1;
  for (const ClipSurvey& clip : clips) longest = std::max(longest, std::min(clip.frames, kMostFrames));
  std::int64_t frames = longest;
  for (const ClipSurvey& clip : clips) {
    if (2 * clip.frames >= longest) frames = std::min(frames, clip.frames);
  }
  return (frames - 1) / kFramesPerLatent * kFramesPerLatent + 1;
}

ClipStock survey_clips(const MakeBenchOptions& options, const StopFlag& stop, const ProgressOptions& progress) {
  if (options.clips.empty())
    throw InputError(fmt::format("a benchmark of kind '{}' needs real clips with masks: give --clips FOLDER",
                                 to_string(options.kind)));
  const std::vector<ClipFiles> files = find_clips(options.clips);
  ClipStock stock;
  stock.extent = extent_for(options, files);
  const std::int64_t most = options.frames > 0 ? kMostRead : kMostFrames;
  ProgressBar bar("looking at clips", static_cast<std::int64_t>(files.size()), progress);
  for (const ClipFiles& clip : files) {
    stop.throw_if_stopped();
    try {
      stock.clips.push_back(survey_clip(clip, stock.extent, most));
    } catch (const InputError& error) {
      stock.skipped.push_back({clip.name, first_line(error.message())});
    }
    bar.advance(1, clip.name);
  }
  bar.finish();
  if (stock.clips.empty()) no_clip_left(options.clips, stock.skipped);
  stock.frames = options.frames > 0 ? options.frames : frames_for(stock.clips);
  std::erase_if(stock.clips, [&](const ClipSurvey& clip) {
    if (clip.frames >= stock.frames) return false;
    stock.skipped.push_back(
        {clip.files.name, fmt::format("it has {} frames; the benchmark has {}", clip.frames, stock.frames)});
    return true;
  });
  if (stock.clips.empty()) no_clip_left(options.clips, stock.skipped);
  return stock;
}

Bench bench_of(const MakeBenchOptions& options, ClipExtent extent, std::int64_t frames, double fps) {
  const std::filesystem::path whole = std::filesystem::absolute(options.out).lexically_normal();
  Bench bench;
  bench.folder = options.out;
  bench.name = fmt::format("flashbench-{}", to_string(options.kind));
  bench.kind = options.kind;
  bench.fps = options.fps > 0 ? options.fps : fps;
  bench.frames = frames;
  bench.width = extent.width;
  bench.height = extent.height;
  bench.seed = options.seed;
  return bench;
}

bool wants(const MakeBenchOptions& options, std::string_view group) {
  return options.groups.empty() ||
         std::find(options.groups.begin(), options.groups.end(), group) != options.groups.end();
}

std::string case_id(std::string_view group, std::int64_t index) {
  return fmt::format("{}-{:02d}", group == "6+" ? "6plus" : group, index + 1);
}

std::string words_of(const std::string& name) {
  std::string words = name;
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  return words;
}

void check(const MakeBenchOptions& options) {
  if (options.out.empty()) throw InputError("the folder to write is missing: give --out");
  if (options.per_group < 1 || options.per_group > 1000)
    throw InputError(fmt::format("--per-group goes from 1 to 1000, found {}", options.per_group));
  if (options.seed < 0) throw InputError(fmt::format("--seed goes from 0, found {}", options.seed));
  if (options.frames != 0 && !is_valid_frame_count(options.frames))
    throw InputError(frame_count_message("--frames is wrong: a case", options.frames));
  if (options.fps != 0 && !(options.fps >= 0.1 && options.fps <= 1000))
    throw InputError(fmt::format("--fps goes from 0.1 to 1000, found {:g}", options.fps));
  const std::vector<std::string> known(kBenchGroups.begin(), kBenchGroups.end());
  for (const std::string& group : options.groups) {
    if (std::find(known.begin(), known.end(), group) == known.end())
      throw InputError(fmt::format("there is no group '{}'{}", group, suggestion(group, known, "there are")));
  }
}

}  // namespace make_bench_detail

MadeBench make_bench(const MakeBenchOptions& options, const StopFlag& stop, const ProgressOptions& progress) {
  make_bench_detail::check(options);
  switch (options.kind) {
    case BenchKind::clips:
      return make_bench_detail::make_of_clips(options, stop, progress);
    case BenchKind::toy:
      return make_bench_detail::make_of_toy(options, stop, progress);
    case BenchKind::composite:
      break;
  }
  return make_bench_detail::make_composite(options, stop, progress);
}

}  // namespace flashmotion
