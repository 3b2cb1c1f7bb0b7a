#include "flashmotion/bench/evaluation.hpp"

#include "flashmotion/metrics/centre_error.hpp"
#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace flashmotion {
namespace evaluation_detail {

Tensor average(const std::vector<Tensor>& per_seed) { return torch::stack(per_seed).mean(0); }

// Features in parts, so that memory stays small.
Tensor features_of(const RandomConvFeatures& extractor, const Tensor& video) {
  std::vector<Tensor> parts;
  for (const Tensor& part : video.split(64)) parts.push_back(extractor(part));
  return torch::cat(parts);
}

}  // namespace evaluation_detail

ClipBatch rows_of(const ClipBatch& clips, const Tensor& rows) {
  ClipBatch part{clips.video.index_select(0, rows),   clips.masks.index_select(0, rows),
                 clips.boxes.index_select(0, rows),   clips.valid.index_select(0, rows),
                 clips.colours.index_select(0, rows), {}};
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    part.prompts.push_back(clips.prompts[static_cast<std::size_t>(rows[i].item<std::int64_t>())]);
  }
  return part;
}

Evaluator::Evaluator(EvaluationCases cases, const Tensor& reference, Tensor palette)
    : cases_(std::move(cases)),
      palette_(std::move(palette)),
      reference_features_(evaluation_detail::features_of(extractor_, reference)) {
  if (palette_.defined()) {
    finder_ = ChromaFinder(palette_);
    relative_finder_ = RelativeChromaFinder(palette_);
  } else {
    finder_ = HistogramFinder();
    relative_finder_ = HistogramFinder();
  }
}

Scores Evaluator::score(const std::vector<Tensor>& videos, const ClipBatch& real, VariantScores* keep) const {
  using evaluation_detail::average;
  const Tensor real_energy = gradient_energy(real.video);
  std::vector<Tensor> mask, box, relative, centre, energy, drift, features;
  for (const Tensor& video : videos) {
    const TrajectoryIou iou = trajectory_iou(finder_(video, real), real);
    mask.push_back(iou.mask);
    box.push_back(iou.box);
    relative.push_back(trajectory_iou(relative_finder_(video, real), real).box);
    // Without fixed colours there is no chroma to take a centroid of.
    centre.push_back(palette_.defined() ? centre_error(video, real, palette_)
                                        : torch::full({real.size()}, std::nan(""), torch::kFloat64));
    energy.push_back(gradient_energy(video));
    drift.push_back(colour_drift(video, real.video));
    features.push_back(evaluation_detail::features_of(extractor_, video));
  }
  Scores s;
  s.mask_iou = average(mask).mean().item<double>();
  s.box_iou = average(box).mean().item<double>();
  s.box_iou_relative = average(relative).mean().item<double>();
  s.centre_error = average(centre).mean().item<double>();
  s.sharpness = (average(energy).mean() / real_energy.mean()).item<double>();
  s.colour_drift = average(drift).mean().item<double>();
  // Each sampling seed is compared on its own: the distance depends on the number of clips.
  const FrechetReference reference(reference_features_, frechet_dimensions(real.size()));
  for (const Tensor& f : features) s.frechet += reference.distance(f) / static_cast<double>(features.size());
  if (keep != nullptr) {
    keep->mask_iou = average(mask);
    keep->box_iou = average(box);
    keep->centre_error = average(centre);
    keep->colour_drift = average(drift);
    keep->sharpness_error = (average(energy) / real_energy.clamp_min(1e-8) - 1.0).abs();
    keep->features = features.front();
  }
  return s;
}

VariantScores Evaluator::measure(const std::vector<Tensor>& videos) const {
  const torch::NoGradGuard no_grad;
  VariantScores result;
  result.overall = score(videos, cases_.clips, &result);
  std::vector<std::int64_t> groups = cases_.groups;
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  for (const std::int64_t group : groups) {
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < cases_.groups.size(); ++i) {
      if (cases_.groups[i] == group) rows.push_back(static_cast<std::int64_t>(i));
    }
    const Tensor index = torch::tensor(rows, torch::kLong);
    std::vector<Tensor> part;
    part.reserve(videos.size());
    for (const Tensor& video : videos) part.push_back(video.index_select(0, index));
    result.groups[group] = score(part, rows_of(cases_.clips, index), nullptr);
  }
  return result;
}

std::optional<Interval> Evaluator::advantage(const std::string& metric, const VariantScores& a,
                                             const VariantScores& b) const {
  Rng rng(0, "bootstrap." + metric);
  const std::int64_t cases = cases_.clips.size();
  if (cases < 2) return std::nullopt;
  if (metric == "box_iou") return paired_bootstrap(a.box_iou, b.box_iou, rng);
  if (metric == "mask_iou") return paired_bootstrap(a.mask_iou, b.mask_iou, rng);
  // Less is better from here on.
  if (metric == "centre_error" && !palette_.defined()) return std::nullopt;
  if (metric == "centre_error") return paired_bootstrap(b.centre_error, a.centre_error, rng);
  if (metric == "sharpness") return paired_bootstrap(b.sharpness_error, a.sharpness_error, rng);
  if (metric == "colour_drift") return paired_bootstrap(b.colour_drift, a.colour_drift, rng);
  const FrechetReference reference(reference_features_, frechet_dimensions(cases));
  if (cases <= 2 * reference.dimensions()) return std::nullopt;
  return frechet_bootstrap(reference, b.features, a.features, rng);
}

}  // namespace flashmotion
