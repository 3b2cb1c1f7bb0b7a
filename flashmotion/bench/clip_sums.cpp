#include "flashmotion/bench/clip_sums.hpp"

#include "flashmotion/metrics/colour_drift.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace flashmotion {
namespace clip_sums {

constexpr double kLeastEnergy = 1e-8;

double only(const Tensor& one) { return one.item<double>(); }

}  // namespace clip_sums

void PixelSums::add(const Tensor& frames) {
  energy_.add(frames);
  flicker_.add(frames);
  colours_.push_back(frame_colours(frames));
}

void PixelSums::fill(FigureValues& values, const PixelSums& real) const {
  using clip_sums::only;
  values[4] = only(energy_.value()) / std::max(only(real.energy_.value()), clip_sums::kLeastEnergy);
  values[5] = only(ratio_of_flickers(flicker_.value(), real.flicker_.value()));
  values[6] = only(drift_of_colours(at::cat(colours_, 2), at::cat(real.colours_, 2)));
}

void FoundSums::add(const Tensor& found, const ClipBatch& real) {
  iou_.add(found, real);
  centre_.add(found, real);
  visibility_.add(found, real);
}

void FoundSums::fill(FigureValues& values) const {
  using clip_sums::only;
  const TrajectoryIou iou = iou_.value();
  values[0] = only(iou.mask);
  values[1] = only(iou.box);
  values[2] = only(centre_.value());
  values[3] = only(visibility_.value());
}

}  // namespace flashmotion
