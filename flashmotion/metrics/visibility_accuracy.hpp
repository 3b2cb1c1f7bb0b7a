#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Share of a clip's objects and frames after the first in which something of the object was found exactly when it is
/// visible, that is when its true mask has a pixel; [B] float64 in [0, 1], 1 is right. It tells objects that were lost
/// from those that were drawn badly, and covered ones that stay covered from those that show. Most objects are visible
/// most of the time: to find all everywhere scores the share of visible frames, which is the figure to beat. A clip
/// without objects or with one frame counts 1. Throws ShapeError when the masks do not have the shape of the real ones.
[[nodiscard]] FLASHMOTION_EXPORT Tensor visibility_accuracy(const Tensor& found,  // [B, K, F, H, W] bool
                                                            const ClipBatch& real);

/// The same of clips whose frames come a few at a time.
class FLASHMOTION_EXPORT VisibilityAccuracySum {
 public:
  /// The next frames: `found` [B, K, n, H, W] bool, `real` with masks of the same frames. Throws ShapeError.
  void add(const Tensor& found, const ClipBatch& real);
  /// [B] float64, of all frames so far.
  [[nodiscard]] Tensor value() const;

 private:
  Tensor right_, number_;  // [B]
};

}  // namespace flashmotion
