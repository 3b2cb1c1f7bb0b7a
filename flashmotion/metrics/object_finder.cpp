#include "flashmotion/metrics/object_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/chroma.hpp"
#include "flashmotion/metrics/detail/spread.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace flashmotion {
namespace object_finder {

constexpr std::int64_t kLeastPixels = 4;  // less is noise

Tensor without_specks(const Tensor& masks) { return masks & (masks.sum({-2, -1}, /*keepdim=*/true) >= kLeastPixels); }

// What chroma is looked at with.
ClipBatch colours_of(const ClipBatch& real) {
  ClipBatch colours;
  colours.valid = real.valid;
  colours.colours = real.colours;
  return colours;
}

// Masks that are found in each frame by itself.
FramePass in_each_frame(const ClipFrames& video, std::int64_t objects, std::function<Tensor(const Tensor&)> find) {
  return video.mapped(objects, video.size(3), video.size(4), std::move(find)).begin();
}

// Bin of every pixel, [B, F, H, W] int64.
Tensor colour_bins(const Tensor& video, std::int64_t bins) {
  const auto level = ((video.detach().to(at::kFloat) + 1) * (0.5 * static_cast<double>(bins)))
                         .floor()
                         .clamp(0, static_cast<double>(bins - 1))
                         .to(at::kLong);
  return (level.select(1, 0) * bins + level.select(1, 1)) * bins + level.select(1, 2);
}

// log p(bin | object) - log p(bin | all else), [B, K, bins^3].
Tensor likelihood_ratios(const Tensor& bins, const Tensor& masks, std::int64_t kinds, double prior) {
  const auto clips = masks.size(0), objects = masks.size(1);
  const auto where = bins.flatten(1).unsqueeze(1).expand({clips, objects, -1});
  const auto inside = masks.flatten(2).to(at::kFloat);
  const auto empty = at::zeros({clips, objects, kinds}, inside.options());
  const auto object = empty.scatter_add(2, where, inside) + prior;
  const auto rest = empty.scatter_add(2, where, 1 - inside) + prior;
  return (object / object.sum(-1, true)).log() - (rest / rest.sum(-1, true)).log();
}

}  // namespace object_finder

ChromaFinder::ChromaFinder(Tensor palette, const ChromaFinderConfig& config)
    : palette_(std::move(palette)), config_(config) {}

Tensor ChromaFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  return all_frames((*this)(ClipFrames(video), real));
}

FramePass ChromaFinder::operator()(const ClipFrames& video, const ClipBatch& first) const {
  const auto find = [config = config_, palette = palette_,
                     real = object_finder::colours_of(first)](const Tensor& part) {
    const auto scores = chroma_scores(part, real, palette);
    const auto alike = scores.along > config.cosine * scores.magnitude;
    return object_finder::without_specks(scores.nearest & alike & (scores.magnitude > config.floor));
  };
  return object_finder::in_each_frame(video, first.valid.size(1), find);
}

RelativeChromaFinder::RelativeChromaFinder(Tensor palette, const RelativeChromaFinderConfig& config)
    : palette_(std::move(palette)), config_(config) {}

Tensor RelativeChromaFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  return all_frames((*this)(ClipFrames(video), real));
}

FramePass RelativeChromaFinder::operator()(const ClipFrames& video, const ClipBatch& first) const {
  const auto find = [config = config_, palette = palette_,
                     real = object_finder::colours_of(first)](const Tensor& part) {
    const auto scores = chroma_scores(part, real, palette);
    const auto own = at::where(scores.nearest, scores.along, at::zeros_like(scores.along));
    const auto pixels = own.flatten(3);
    const auto rank = std::min(object_finder::kLeastPixels, pixels.size(3));
    const auto peak = std::get<0>(pixels.topk(rank, 3)).select(3, rank - 1).unsqueeze(-1).unsqueeze(-1);
    return object_finder::without_specks((own > config.fraction * peak) & (peak > config.floor));
  };
  return object_finder::in_each_frame(video, first.valid.size(1), find);
}

HistogramFinder::HistogramFinder(const HistogramFinderConfig& config) : config_(config) {
  if (config.bins < 2 || config.bins > 32 || config.prior <= 0 || config.reach <= 0 || config.reach > 1) {
    throw InputError(fmt::format(
        "histogram finder with {} bins, prior {} and reach {}; use 2 to 32 bins, a prior above 0 and a reach in (0, 1]",
        config.bins, config.prior, config.reach));
  }
}

Tensor HistogramFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  return all_frames((*this)(ClipFrames(video), real));
}

FramePass HistogramFinder::operator()(const ClipFrames& video, const ClipBatch& first) const {
  if (first.video.dim() != 5 || video.size(0) != first.video.size(0) || video.size(3) != first.video.size(3) ||
      video.size(4) != first.video.size(4)) {
    throw ShapeError("generated and real clips differ in number or size; give [B, 3, F, H, W] of both");
  }
  const auto kinds = config_.bins * config_.bins * config_.bins;
  const auto known = first.masks.select(2, 0) & first.valid.unsqueeze(-1).unsqueeze(-1);  // [B, K, H, W]
  const auto real = object_finder::colour_bins(first.video.slice(2, 0, 1), config_.bins);
  const auto ratios = object_finder::likelihood_ratios(real, known, kinds, config_.prior);
  const auto side = std::max(video.size(3), video.size(4));
  const auto reach = std::max<std::int64_t>(1, std::llround(config_.reach * static_cast<double>(side)));
  // Of the clip so far: what was found in its last frame, or in the last one in which an object was.
  const auto find_next = [known, ratios, reach, bins = config_.bins, seen = known](const Tensor& frame) mutable {
    const auto where = object_finder::colour_bins(frame, bins).flatten(1).unsqueeze(1).expand({-1, known.size(1), -1});
    const auto ratio = ratios.gather(2, where).view(known.sizes());
    const auto likelier = at::avg_pool2d(ratio, {3, 3}, {1, 1}, {1, 1}, /*ceil_mode=*/false,
                                         /*count_include_pad=*/false) > 0;
    auto found = object_finder::without_specks(likelier & metrics_detail::spread(seen, reach));
    const auto lost = found.flatten(2).any(2).logical_not().unsqueeze(-1).unsqueeze(-1);
    seen = at::where(lost, seen, found);
    return found;
  };
  const auto pass = std::make_shared<FramePass>(video.begin());
  return {video.frames(), [pass, known, find_next = find_next](std::int64_t from, std::int64_t count) mutable {
            const auto frames = pass->next(count);
            std::vector<Tensor> found;
            for (std::int64_t i = 0; i < count; ++i)
              found.push_back(from + i == 0 ? known : find_next(frames.slice(2, i, i + 1)));
            return at::stack(found, 2);
          }};
}

}  // namespace flashmotion
