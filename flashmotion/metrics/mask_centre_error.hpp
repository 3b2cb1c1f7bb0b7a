#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/clip.hpp"
#include "flashmotion/core/tensor.hpp"

namespace flashmotion {

/// Distance between the centroid of each object's found mask and the centre of its box, averaged for each clip over its
/// objects and over the frames after the first in which the object is visible (its true mask has a pixel); [B] float64.
/// In pixels of a frame scaled to a height of 480, so that sizes compare. A visible object of which nothing was found
/// counts half the picture's longer side; one that is not visible is left out: see `visibility_accuracy`. A clip
/// without a visible object counts 0. True masks do not reach 0 either, for an object's centroid is seldom the centre
/// of its box. Throws ShapeError when the masks do not have the shape of the real ones.
[[nodiscard]] FLASHMOTION_EXPORT Tensor mask_centre_error(const Tensor& found,  // [B, K, F, H, W] bool
                                                          const ClipBatch& real);

/// The same of clips whose frames come a few at a time.
class FLASHMOTION_EXPORT MaskCentreErrorSum {
 public:
  /// The next frames: `found` [B, K, n, H, W] bool, `real` with masks and boxes of the same frames. Throws ShapeError.
  void add(const Tensor& found, const ClipBatch& real);
  /// [B] float64, of all frames so far.
  [[nodiscard]] Tensor value() const;

 private:
  Tensor sum_, number_;  // [B]
};

}  // namespace flashmotion
