#pragma once

#include "flashmotion/base/export.hpp"
#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// Mean squared difference of neighbouring pixels, across plus down, over the frames after the first; [B] float64,
/// pixel values in [-1, 1]. Throws ShapeError for clips of one frame.
[[nodiscard]] FLASHMOTION_EXPORT Tensor gradient_energy(const Tensor& video);  // [B, 3, F, H, W]

/// The same of clips whose frames come a few at a time.
class FLASHMOTION_EXPORT GradientEnergySum {
 public:
  /// The next frames, [B, 3, n, H, W] in [-1, 1].
  void add(const Tensor& frames);
  /// [B] float64. Throws ShapeError below 2 frames.
  [[nodiscard]] Tensor value() const;

 private:
  Tensor sum_;  // [B]
  std::int64_t frames_ = 0;
};

/// Gradient energy of generated clips against real ones. Near 1 is right: below, the clips are blurred;
/// above, they are noisy or overdone. No measure of quality by itself: noise is sharp.
struct Sharpness {
  double ratio = 0;  // mean energy of the generated clips over that of the real ones
  Tensor generated;  // [B] float64
  Tensor real;       // [B] float64
};

/// Throws ShapeError for clips of one frame.
[[nodiscard]] FLASHMOTION_EXPORT Sharpness sharpness(const Tensor& generated, const Tensor& real);

}  // namespace flashmotion
