#include "flashmotion/metrics/object_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/chroma.hpp"
#include "flashmotion/metrics/detail/frame_windows.hpp"
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
#include <utility>
#include <vector>

namespace flashmotion {
namespace object_finder {

constexpr std::int64_t kLeastPixels = 4;  // less is noise

Tensor without_specks(const Tensor& masks) { return masks & (masks.sum({-2, -1}, /*keepdim=*/true) >= kLeastPixels); }

// Masks of a clip that are found in each frame by itself.
template <class Find>
Tensor in_windows(const Tensor& video, Find find) {
  if (video.dim() != 5) return find(video);  // which refuses it
  return metrics_detail::joined_windows(
      video.size(2), 2, [&](std::int64_t from, std::int64_t to) { return find(video.slice(2, from, to)); });
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
  return object_finder::in_windows(video, [&](const Tensor& frames) {
    const auto scores = chroma_scores(frames, real, palette_);
    const auto alike = scores.along > config_.cosine * scores.magnitude;
    return object_finder::without_specks(scores.nearest & alike & (scores.magnitude > config_.floor));
  });
}

RelativeChromaFinder::RelativeChromaFinder(Tensor palette, const RelativeChromaFinderConfig& config)
    : palette_(std::move(palette)), config_(config) {}

Tensor RelativeChromaFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  return object_finder::in_windows(video, [&](const Tensor& frames) {
    const auto scores = chroma_scores(frames, real, palette_);
    const auto own = at::where(scores.nearest, scores.along, at::zeros_like(scores.along));
    const auto pixels = own.flatten(3);
    const auto rank = std::min(object_finder::kLeastPixels, pixels.size(3));
    const auto peak = std::get<0>(pixels.topk(rank, 3)).select(3, rank - 1).unsqueeze(-1).unsqueeze(-1);
    return object_finder::without_specks((own > config_.fraction * peak) & (peak > config_.floor));
  });
}

HistogramFinder::HistogramFinder(const HistogramFinderConfig& config) : config_(config) {
  if (config.bins < 2 || config.bins > 32 || config.prior <= 0 || config.reach <= 0 || config.reach > 1) {
    throw InputError(fmt::format(
        "histogram finder with {} bins, prior {} and reach {}; use 2 to 32 bins, a prior above 0 and a reach in (0, 1]",
        config.bins, config.prior, config.reach));
  }
}

Tensor HistogramFinder::operator()(const Tensor& video, const ClipBatch& real) const {
  if (video.dim() != 5 || real.video.dim() != 5 || video.sizes().slice(3) != real.video.sizes().slice(3) ||
      video.size(0) != real.video.size(0)) {
    throw ShapeError("generated and real clips differ in number or size; give [B, 3, F, H, W] of both");
  }
  const auto kinds = config_.bins * config_.bins * config_.bins;
  const auto known = real.masks.select(2, 0) & real.valid.unsqueeze(-1).unsqueeze(-1);  // [B, K, H, W]
  const auto first = object_finder::colour_bins(real.video.slice(2, 0, 1), config_.bins);
  const auto ratios = object_finder::likelihood_ratios(first, known, kinds, config_.prior);
  const auto side = std::max(video.size(3), video.size(4));
  const auto reach = std::max<std::int64_t>(1, std::llround(config_.reach * static_cast<double>(side)));

  std::vector<Tensor> found{known};
  auto seen = known;
  for (std::int64_t f = 1; f < video.size(2); ++f) {
    const auto bins = object_finder::colour_bins(video.slice(2, f, f + 1), config_.bins);
    const auto where = bins.flatten(1).unsqueeze(1).expand({-1, known.size(1), -1});
    const auto ratio = ratios.gather(2, where).view(known.sizes());
    const auto likelier = at::avg_pool2d(ratio, {3, 3}, {1, 1}, {1, 1}, /*ceil_mode=*/false,
                                         /*count_include_pad=*/false) > 0;
    found.push_back(object_finder::without_specks(likelier & metrics_detail::spread(seen, reach)));
    const auto lost = found.back().flatten(2).any(2).logical_not().unsqueeze(-1).unsqueeze(-1);
    seen = at::where(lost, seen, found.back());
  }
  return at::stack(found, 2);
}

}  // namespace flashmotion
