#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/bench/bench_figures.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"
#include "flashmotion/metrics/flicker.hpp"
#include "flashmotion/metrics/mask_centre_error.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "flashmotion/metrics/visibility_accuracy.hpp"

#include <vector>

namespace flashmotion {

/// What figures need of a clip's pixels, added up over its frames.
class FLASHMOTION_EXPORT PixelSums {
 public:
  /// The next frames, [1, 3, n, H, W] in [-1, 1].
  void add(const Tensor& frames);
  /// Fills sharpness, flicker and colour drift beside a real clip of the same length.
  void fill(FigureValues& values, const PixelSums& real) const;

 private:
  GradientEnergySum energy_;
  FlickerSum flicker_;
  std::vector<Tensor> colours_;  // of all frames, [1, 3, n] float64 each
};

/// The figures that depend on what was found, added up over a clip's frames.
class FLASHMOTION_EXPORT FoundSums {
 public:
  /// The next frames: `found` [1, K, n, H, W] bool, `real` with masks and boxes of the same frames.
  void add(const Tensor& found, const ClipBatch& real);
  /// Fills mask and box IoU, centre error and visibility.
  void fill(FigureValues& values) const;
  /// Overlap in the frames so far.
  [[nodiscard]] TrajectoryIou iou() const { return iou_.value(); }

 private:
  TrajectoryIouSum iou_;
  MaskCentreErrorSum centre_;
  VisibilityAccuracySum visibility_;
};

}  // namespace flashmotion
