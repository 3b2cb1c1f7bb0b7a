#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/bootstrap.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "flashmotion/metrics/object_finder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// Cases of an evaluation: real clips, group by group, in a fixed order.
struct EvaluationCases {
  ClipBatch clips;
  std::vector<std::int64_t> groups;  // number of objects of each clip
};

/// Some clips of a batch; `rows` [N] int64.
[[nodiscard]] FLASHMOTION_EXPORT ClipBatch rows_of(const ClipBatch& clips, const Tensor& rows);

/// Figures of a set of clips. IoU and sharpness are ratios, colour drift is in RGB units of [0, 1], the centre error in
/// pixels; the Fréchet distance is comparable only among equal numbers of clips.
struct Scores {
  double mask_iou = 0;
  double box_iou = 0;
  double box_iou_relative = 0;  // with the finder that blur does not shrink
  double centre_error = 0;
  double frechet = 0;
  double sharpness = 0;
  double colour_drift = 0;
};

/// What was measured of one variant. Tensors are [N] float64 over cases, averaged over sampling seeds.
struct VariantScores {
  Scores overall;
  std::map<std::int64_t, Scores> groups;
  Tensor mask_iou, box_iou, centre_error, sharpness_error, colour_drift;
  Tensor features;  // [N, D] of the first sampling seed
  std::int64_t passes_per_clip = 0;
  double seconds_per_clip = 0;
};

/// Measures generated clips against fixed cases.
class FLASHMOTION_EXPORT Evaluator {
 public:
  /// `reference` are other real clips, for the Fréchet distance. `palette` [P, 3] names the colours of the world when
  /// it has fixed ones; undefined: objects are found by the histograms of the first frame.
  Evaluator(EvaluationCases cases, const Tensor& reference, Tensor palette);

  [[nodiscard]] const EvaluationCases& cases() const { return cases_; }
  /// `videos` [N, 3, F, H, W], one for each sampling seed.
  [[nodiscard]] VariantScores measure(const std::vector<Tensor>& videos) const;

  /// Difference `a - b` of a metric with its 95 % interval; positive means that `a` is better. Sharpness counts by its
  /// distance from 1. Empty when the cases are too few for it.
  [[nodiscard]] std::optional<Interval> advantage(const std::string& metric, const VariantScores& a,
                                                  const VariantScores& b) const;

 private:
  [[nodiscard]] Scores score(const std::vector<Tensor>& videos, const ClipBatch& real, VariantScores* keep) const;

  EvaluationCases cases_;
  Tensor palette_;
  RandomConvFeatures extractor_;
  Tensor reference_features_;
  ObjectFinder finder_, relative_finder_;
};

}  // namespace flashmotion
