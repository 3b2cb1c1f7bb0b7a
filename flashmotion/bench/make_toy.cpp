#include "flashmotion/base/error.hpp"
#include "flashmotion/bench/detail/make_parts.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/io/pixels.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>

#include <cmath>

namespace flashmotion::make_bench_detail {
namespace {

constexpr std::int64_t kTries = 100;  // clips drawn until all objects show in the first frame

std::uint8_t byte_of(float share) { return static_cast<std::uint8_t>(std::lround(share * 255.0F)); }

// The parts of "red disc, blue square".
std::vector<std::string> parts_of(const std::string& prompt) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= prompt.size();) {
    const std::size_t end = std::min(prompt.find(", ", at), prompt.size());
    parts.push_back(prompt.substr(at, end - at));
    at = end + 2;
  }
  return parts;
}

// A clip whose objects are all seen in the first frame, each with half of what its disc has at least.
ClipBatch draw_fair(const ToyMotion& world, std::int64_t objects, Rng& rng) {
  const ToyMotionConfig& config = world.config();
  const double radius = config.min_radius * (objects >= 3 ? std::min(1.0, config.crowded_radius) : 1.0);
  const double least = radius * radius;  // pixels: half of a triangle, the smallest of the shapes
  for (std::int64_t i = 0; i < kTries; ++i) {
    ClipBatch clip = world.draw({.count = 1, .objects = objects, .split = Split::evaluation}, rng);
    const Tensor areas = clip.masks.select(0, 0).narrow(0, 0, objects).select(1, 0).flatten(1).sum(1);
    if (static_cast<double>(areas.min().item<std::int64_t>()) >= least) return clip;
  }
  throw InputError(
      fmt::format("{} sprites found no room in a picture of {}x{}; make it larger", objects, config.size, config.size));
}

void write_toy(BenchWriter& writer, const std::string& id, const ClipBatch& clip, std::int64_t objects) {
  std::vector<BenchObject> list;
  const std::vector<std::string> names = parts_of(clip.prompts.front());
  const auto colour = clip.colours.accessor<float, 3>();
  for (std::int64_t k = 0; k < objects; ++k) {
    const std::string& name = names[static_cast<std::size_t>(k)];
    list.push_back({name, name, {byte_of(colour[0][k][0]), byte_of(colour[0][k][1]), byte_of(colour[0][k][2])}});
  }
  const Tensor numbers = at::arange(1, objects + 1, at::kByte).reshape({objects, 1, 1, 1});
  const Tensor labels = clip.masks.select(0, 0).narrow(0, 0, objects).to(at::kByte).mul(numbers).amax(0);  // [F, H, W]
  writer.begin(id, clip.prompts.front(), list);
  for (std::int64_t t = 0; t < labels.size(0); ++t)
    writer.add(to_rgb8(clip.video.select(0, 0).select(1, t)), labels.select(0, t).contiguous());
  writer.end(clip.boxes.select(0, 0).narrow(0, 0, objects));
}

}  // namespace

MadeBench make_of_toy(const MakeBenchOptions& options, const StopFlag& stop, const ProgressOptions& progress) {
  if (!options.clips.empty()) throw InputError("--clips is nothing for the toy world; leave it out");
  if (options.width != options.height)
    throw InputError(
        fmt::format("pictures of the toy world are square; --size asks for {}x{}", options.width, options.height));
  ToyMotionConfig config;
  if (options.frames > 0) config.frames = options.frames;
  if (options.width > 0) config.size = options.width;
  const ToyMotion world(config);
  for (const std::string& group : options.groups) {
    if (group == "6+" || std::stoll(group) > config.max_objects)
      throw InputError(
          fmt::format("the toy world has up to {} objects, and none for group '{}'; a benchmark of kind "
                      "'composite' has it",
                      config.max_objects, group));
  }
  BenchWriter writer(bench_of(options, {config.size, config.size}, config.frames, 8));
  std::int64_t groups = 0;
  for (std::int64_t objects = 1; objects <= config.max_objects; ++objects)
    groups += wants(options, bench_group(objects)) ? 1 : 0;
  ProgressBar bar("cases", groups * options.per_group, progress);
  for (std::int64_t objects = 1; objects <= config.max_objects; ++objects) {
    const std::string group = bench_group(objects);
    if (!wants(options, group)) continue;
    for (std::int64_t i = 0; i < options.per_group; ++i) {
      stop.throw_if_stopped();
      const std::string id = case_id(group, i);
      Rng rng(static_cast<std::uint64_t>(options.seed), "flashbench.toy." + group, static_cast<std::uint64_t>(i));
      write_toy(writer, id, draw_fair(world, objects, rng), objects);
      bar.advance(1, id);
    }
  }
  bar.finish();
  const bool fresh = writer.finish();
  return {writer.bench(), {}, !fresh};
}

}  // namespace flashmotion::make_bench_detail
