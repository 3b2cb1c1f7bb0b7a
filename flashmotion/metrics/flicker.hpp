#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// Mean absolute second difference in time, | x(f + 1) - 2 x(f) + x(f - 1) |, over pixels, channels and the frames that
/// have two neighbours; RGB in [0, 1], [B] float64. A fade or a constant change of light gives 0, brightness that goes
/// up and down gives four times its swing. Motion over texture gives something too: read it beside the real clip's
/// figure. Throws ShapeError for clips of fewer than 3 frames.
[[nodiscard]] FLASHMOTION_EXPORT Tensor flicker(const Tensor& video);  // [B, 3, F, H, W] in [-1, 1]

/// The same of clips whose frames come a few at a time.
class FLASHMOTION_EXPORT FlickerSum {
 public:
  /// The next frames, [B, 3, n, H, W] in [-1, 1].
  void add(const Tensor& frames);
  /// [B] float64. Throws ShapeError below 3 frames.
  [[nodiscard]] Tensor value() const;

 private:
  Tensor last_, step_;  // the last frame and how it differs from the one before, [B, 3, H, W] float64
  Tensor sum_;          // [B]
  std::int64_t frames_ = 0;
};

/// Flicker of each clip over that of its real clip, [B] float64. Near 1 is right: above, the clip shimmers; below, it
/// moves less or is blurred. A real clip that stands still counts as one with a flicker of 1e-6. Throws ShapeError when
/// the clips differ in shape, and as `flicker`.
[[nodiscard]] FLASHMOTION_EXPORT Tensor flicker_ratio(const Tensor& generated, const Tensor& real);

/// The same of flickers that are known already, [B] float64 each.
[[nodiscard]] FLASHMOTION_EXPORT Tensor ratio_of_flickers(const Tensor& generated, const Tensor& real);

}  // namespace flashmotion
