#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Tight boxes x0, y0, x1, y1 around masks, normalised, half open; zeros where a mask is empty.
[[nodiscard]] FLASHMOTION_EXPORT Tensor tight_boxes(const Tensor& masks);  // [B, K, F, H, W] bool -> [B, K, F, 4]

/// How well a clip follows its trajectory, for each clip; 1 is exact.
struct TrajectoryIou {
  Tensor box;   // [B] float64 in [0, 1]: tight box of what was found against the object's box
  Tensor mask;  // [B] float64 in [0, 1]: what was found against the object's visible pixels
};

/// Intersection over union, averaged for each clip over its objects and over the frames after the first
/// (which is given). An object of which nothing is visible and nothing was found is left out of that
/// frame; found without being visible, or visible without being found, counts 0. A clip that is left with nothing to
/// compare counts 1. `found` [B, K, F, H, W] bool comes from an `ObjectFinder`. Throws ShapeError.
[[nodiscard]] FLASHMOTION_EXPORT TrajectoryIou trajectory_iou(const Tensor& found, const ClipBatch& real);

/// The same of clips whose frames come a few at a time.
class FLASHMOTION_EXPORT TrajectoryIouSum {
 public:
  /// The next frames: `found` [B, K, n, H, W] bool, `real` with masks and boxes of the same frames. Throws ShapeError.
  void add(const Tensor& found, const ClipBatch& real);
  /// Of all frames so far.
  [[nodiscard]] TrajectoryIou value() const;

 private:
  Tensor box_, mask_, number_;  // [B] sums and what they are divided by
};

}  // namespace flashmotion
