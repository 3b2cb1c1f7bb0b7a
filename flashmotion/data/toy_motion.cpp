#include "flashmotion/data/toy_motion.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/latent_frames.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <numbers>
#include <string>
#include <vector>

namespace flashmotion {
namespace toy_motion {

using torch::indexing::Ellipsis;
using torch::indexing::None;
using torch::indexing::Slice;

constexpr double kPi = std::numbers::pi;
constexpr std::int64_t kLayouts = 32;  // starts tried for each clip
constexpr double kEdge = 1.4;          // width of a sprite's soft edge in pixels

struct Scene {
  Tensor valid;      // [B, K] bool
  Tensor colour;     // [B, K] int64
  Tensor shape;      // [B, K] int64
  Tensor radius;     // [B, K] pixels
  Tensor centre;     // [B, K, F, 2] pixels
  Tensor shading;    // [B, K, F] radians
  Tensor corners;    // [B, 3, 4] background at the four corners
  Tensor direction;  // [B] radians, of the stripes
  Tensor phase;      // [B] radians
  Tensor frequency;  // [B] radians a picture's width
  Tensor drift;      // [B] pictures' widths a frame
};

Tensor between(Rng& rng, double low, double high, at::IntArrayRef shape) {
  return rng.uniform(shape) * (high - low) + low;
}

// Starts that overlap least: the first of several layouts without overlap, or the least bad.
Tensor starting_points(const Tensor& radius, const Tensor& valid, double size, Rng& rng) {
  const auto clips = radius.size(0), objects = radius.size(1);
  const auto low = radius.unsqueeze(1).unsqueeze(3);  // [B, 1, K, 1]
  const auto points = low + (size - 2 * low) * rng.uniform({clips, kLayouts, objects, 2});
  auto worst = at::zeros({clips, kLayouts});
  for (std::int64_t a = 0; a < objects; ++a) {
    for (std::int64_t b = a + 1; b < objects; ++b) {
      const auto apart = (points.select(2, a) - points.select(2, b)).abs().amax(-1);  // boxes: the larger axis decides
      const auto gap = apart - (radius.select(1, a) + radius.select(1, b)).unsqueeze(1);
      const auto both = (valid.select(1, a) & valid.select(1, b)).unsqueeze(1);
      worst = at::minimum(worst, at::where(both, gap, at::zeros({})));
    }
  }
  const auto order = at::arange(kLayouts, at::kFloat) * 1e-4;  // equal ones: the first
  const auto best = (worst - order).argmax(1).view({clips, 1, 1, 1}).expand({clips, 1, objects, 2});
  return points.gather(1, best).squeeze(1);  // [B, K, 2]
}

// Constant speed and turn rate, folded back at the walls.
Tensor paths(const ToyMotionConfig& config, const Tensor& start, const Tensor& radius, Rng& rng) {
  const auto clips = radius.size(0), objects = radius.size(1);
  const auto steps = static_cast<double>(std::max<std::int64_t>(config.frames - 1, 1));
  const auto heading = between(rng, 0, 2 * kPi, {clips, objects, 1});
  const auto speed = between(rng, config.min_travel / steps, config.max_travel / steps, {clips, objects, 1, 1});
  const auto turn = between(rng, -config.turn * kPi / steps, config.turn * kPi / steps, {clips, objects, 1});
  const auto angle = heading + turn * at::arange(config.frames - 1, at::kFloat);
  const auto way = (at::stack({angle.cos(), angle.sin()}, -1) * speed).cumsum(2);
  const auto first = start.unsqueeze(2);
  const auto free = at::cat({first, first + way}, 2);
  const auto low = radius.unsqueeze(-1).unsqueeze(-1);
  const auto room = static_cast<double>(config.size) - 2 * low;
  const auto folded = (free - low).remainder(2 * room);
  return low + at::where(folded > room, 2 * room - folded, folded);
}

Scene draw_scene(const ToyMotionConfig& config, const ClipRequest& request, Rng& rng) {
  const auto clips = request.count, objects = config.max_objects;
  Scene scene;
  const auto random_count = rng.integers(1, objects + 1, {clips, 1});
  const auto count = request.objects ? at::full({clips, 1}, *request.objects, at::kLong) : random_count;
  scene.valid = at::arange(objects, at::kLong) < count;
  scene.colour = rng.uniform({clips, static_cast<std::int64_t>(ToyMotion::kColours.size())})
                     .argsort(/*stable=*/true, /*dim=*/1)
                     .slice(1, 0, objects);
  scene.shape = rng.integers(0, static_cast<std::int64_t>(ToyMotion::kShapes.size()), {clips, objects});
  scene.radius = between(rng, config.min_radius, config.max_radius, {clips, objects});
  scene.radius = at::where(count >= 3, scene.radius * config.crowded_radius, scene.radius);
  const auto start = starting_points(scene.radius, scene.valid, static_cast<double>(config.size), rng);
  scene.centre = paths(config, start, scene.radius, rng);
  const auto angle = between(rng, 0, 2 * kPi, {clips, objects, 1});
  const auto spin = between(rng, -config.spin, config.spin, {clips, objects, 1});
  scene.shading = angle + spin * at::arange(config.frames, at::kFloat);

  const auto grey = between(rng, 0.15, 0.50, {clips, 1, 4});
  scene.corners = grey + between(rng, -0.03, 0.03, {clips, 3, 4});  // a faint tint: chroma stays with the sprites
  scene.direction = between(rng, 0, kPi, {clips});
  scene.phase = between(rng, 0, 2 * kPi, {clips});
  scene.frequency = between(rng, 2 * kPi * 2, 2 * kPi * 3, {clips});
  const auto side = at::where(rng.uniform({clips}) < 0.5, -at::ones({}), at::ones({}));
  scene.drift = side * between(rng, config.min_drift, config.max_drift, {clips}) / static_cast<double>(config.size);
  return scene;
}

// [B, 3, F, H, W] in [0, 1].
Tensor draw_background(const ToyMotionConfig& config, const Scene& scene, std::int64_t from, std::int64_t to) {
  const auto size = config.size, clips = to - from;
  const auto unit = (at::arange(size, at::kFloat) + 0.5) / static_cast<double>(size);
  const auto x = unit.view({1, size}).expand({size, size}), y = unit.view({size, 1}).expand({size, size});
  const auto weights = at::stack({(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y}).view({1, 1, 4, size, size});
  const auto part = [&](const Tensor& all) { return all.slice(0, from, to).view({clips, 1, 1, 1}); };
  const auto corners = scene.corners.slice(0, from, to).unsqueeze(-1).unsqueeze(-1);
  const auto gradient = (corners * weights).sum(2);  // no matrix product: the same on every thread count
  const auto time = at::arange(config.frames, at::kFloat).view({1, -1, 1, 1});
  const auto across = part(scene.direction).cos() * x + part(scene.direction).sin() * y;
  const auto wave = (part(scene.frequency) * (across + part(scene.drift) * time) + part(scene.phase)).sin();
  return gradient.unsqueeze(2) + config.stripes * wave.unsqueeze(1);
}

// Signed distance to the outline in pixels, positive inside. [B, F, H, W]
Tensor inside_by(const Tensor& dx, const Tensor& dy, const Tensor& radius, const Tensor& shape) {
  const auto disc = radius - (dx.square() + dy.square()).sqrt();
  const auto square = radius - at::maximum(dx.abs(), dy.abs());
  // Apex above, base below, both on the box; 0.447 and 0.894 are 1/sqrt 5 and 2/sqrt 5.
  const auto triangle = at::minimum(radius - dy, (dy + radius) * 0.4472136 - dx.abs() * 0.8944272);
  return at::where(shape == 0, disc, at::where(shape == 1, square, triangle));
}

struct Picture {
  Tensor video;               // [B, 3, F, H, W] in [0, 1]
  std::vector<Tensor> masks;  // K of [B, F, H, W] bool
};

Picture draw_pictures(const ToyMotionConfig& config, const Scene& scene, const Tensor& palette, std::int64_t from,
                      std::int64_t to) {
  Picture result{draw_background(config, scene, from, to), {}};
  const auto clips = to - from;
  const auto pixel = at::arange(config.size, at::kFloat) + 0.5;
  for (std::int64_t k = 0; k < config.max_objects; ++k) {
    const auto pick = [&](const Tensor& all) { return all.slice(0, from, to).select(1, k).contiguous(); };
    const auto centre = pick(scene.centre);                                                // [B, F, 2]
    const auto dx = pixel - centre.select(2, 0).unsqueeze(-1).unsqueeze(-1);               // [B, F, 1, W]
    const auto dy = pixel.unsqueeze(1) - centre.select(2, 1).unsqueeze(-1).unsqueeze(-1);  // [B, F, H, 1]
    const auto radius = pick(scene.radius).view({clips, 1, 1, 1});
    const auto distance = inside_by(dx, dy, radius, pick(scene.shape).view({clips, 1, 1, 1}));
    const auto valid = pick(scene.valid).view({clips, 1, 1, 1});
    const auto alpha = ((distance / kEdge + 0.5).clamp(0, 1) * valid).unsqueeze(1);
    const auto shading = pick(scene.shading).unsqueeze(-1).unsqueeze(-1);
    const auto light = 0.75 + 0.25 * (2 * (dx * shading.cos() + dy * shading.sin()) / radius).tanh();
    const auto colour = palette.index_select(0, pick(scene.colour)).view({clips, 3, 1, 1, 1});
    result.video = result.video * (1 - alpha) + colour * light.unsqueeze(1) * alpha;
    const auto body = (distance > 0) & valid;
    for (auto& earlier : result.masks) earlier = earlier & body.logical_not();
    result.masks.push_back(body);
  }
  return result;
}

std::vector<std::string> write_prompts(const Scene& scene) {
  const auto valid = scene.valid.accessor<bool, 2>();
  const auto colour = scene.colour.accessor<std::int64_t, 2>();
  const auto shape = scene.shape.accessor<std::int64_t, 2>();
  std::vector<std::string> prompts;
  for (std::int64_t b = 0; b < valid.size(0); ++b) {
    std::string prompt;
    for (std::int64_t k = 0; k < valid.size(1); ++k) {
      if (!valid[b][k]) continue;
      prompt += fmt::format("{}{} {}", prompt.empty() ? "" : ", ",
                            ToyMotion::kColours[static_cast<std::size_t>(colour[b][k])],
                            ToyMotion::kShapes[static_cast<std::size_t>(shape[b][k])]);
    }
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

void require(bool condition, const std::string& message) {
  if (!condition) throw InputError(message);
}

}  // namespace toy_motion

ToyMotion::ToyMotion(const ToyMotionConfig& config) : config_(config) {
  using toy_motion::require;
  require(is_valid_frame_count(config.frames), frame_count_message("a clip of the toy world", config.frames));
  const auto colours = static_cast<std::int64_t>(kColours.size());
  require(config.max_objects >= 1 && config.max_objects <= colours,
          fmt::format("max_objects of the toy world is {}; use 1 to {}, one colour an object", config.max_objects,
                      colours));
  require(config.min_radius > 0 && config.min_radius <= config.max_radius,
          fmt::format("min_radius {} and max_radius {} of the toy world are no range; use 0 < min_radius <= max_radius",
                      config.min_radius, config.max_radius));
  require(config.crowded_radius > 0, "crowded_radius of the toy world must be above 0");
  require(static_cast<double>(config.size) > 2 * config.max_radius * std::max(1.0, config.crowded_radius),
          fmt::format("sprites of radius {} do not fit pictures of size {}; use a smaller max_radius or a larger size",
                      config.max_radius, config.size));
  require(
      config.min_travel >= 0 && config.min_travel <= config.max_travel,
      fmt::format("min_travel {} and max_travel {} of the toy world are no range; use 0 <= min_travel <= max_travel",
                  config.min_travel, config.max_travel));
  require(config.min_drift >= 0 && config.min_drift <= config.max_drift,
          fmt::format("min_drift {} and max_drift {} of the toy world are no range; use 0 <= min_drift <= max_drift",
                      config.min_drift, config.max_drift));
}

ClipSpec ToyMotion::spec() const { return {config_.frames, config_.size, config_.size, config_.max_objects}; }

Tensor ToyMotion::palette() {
  return torch::tensor({{0.95F, 0.10F, 0.10F},
                        {0.10F, 0.85F, 0.15F},
                        {0.15F, 0.25F, 1.00F},
                        {0.95F, 0.90F, 0.10F},
                        {0.95F, 0.15F, 0.90F},
                        {0.10F, 0.90F, 0.92F}});
}

ClipBatch ToyMotion::draw(const ClipRequest& request, Rng& rng) const {
  toy_motion::require(request.count >= 1,
                      fmt::format("the toy world was asked for {} clips; ask for 1 or more", request.count));
  toy_motion::require(
      !request.objects || (*request.objects >= 1 && *request.objects <= config_.max_objects),
      fmt::format("the toy world was asked for clips of {} objects and draws 1 to {}; raise max_objects",
                  request.objects.value_or(0), config_.max_objects));
  const at::NoGradGuard no_grad;
  const auto scene = toy_motion::draw_scene(config_, request, rng);
  const auto clips = request.count, objects = config_.max_objects, frames = config_.frames, size = config_.size;
  const auto colours = palette();

  ClipBatch batch;
  batch.video = at::empty({clips, 3, frames, size, size});
  batch.masks = at::empty({clips, objects, frames, size, size}, at::kBool);
  // Clip by clip: the tensors stay in a core's cache and below the size at which ATen starts threads, which cost
  // more than they save here.
  for (std::int64_t clip = 0; clip < clips; ++clip) {
    const auto picture = toy_motion::draw_pictures(config_, scene, colours, clip, clip + 1);
    batch.video.slice(0, clip, clip + 1).copy_(picture.video * 2 - 1);
    for (std::int64_t k = 0; k < objects; ++k) {
      batch.masks.slice(0, clip, clip + 1).select(1, k).copy_(picture.masks[static_cast<std::size_t>(k)]);
    }
  }
  const auto reach = scene.radius.unsqueeze(-1).unsqueeze(-1);
  const auto present = scene.valid.unsqueeze(-1).unsqueeze(-1);
  const auto corners = at::cat({scene.centre - reach, scene.centre + reach}, -1) / static_cast<double>(size);
  batch.boxes = corners.clamp(0, 1) * present;
  batch.valid = scene.valid;
  batch.colours = colours.index_select(0, scene.colour.flatten()).view({clips, objects, 3}) * scene.valid.unsqueeze(-1);
  batch.prompts = toy_motion::write_prompts(scene);
  return batch;
}

}  // namespace flashmotion
