#pragma once

#include "flashmotion/core/concepts/metric.hpp"
#include "flashmotion/metrics/centre_error.hpp"
#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"

#include <ATen/TensorOperators.h>

#include <string_view>

namespace flashmotion {

// The figures that exist for a single clip, as models of the concept: [B] float64 each.

/// Box IoU with the objects that `finder` finds; see `trajectory_iou`.
struct BoxIou {
  ObjectFinder finder;
  [[nodiscard]] std::string_view name() const { return "box_iou"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return trajectory_iou(finder(generated, real), real).box;
  }
};
static_assert(Metric<BoxIou>);

/// Mask IoU with the objects that `finder` finds; see `trajectory_iou`.
struct MaskIou {
  ObjectFinder finder;
  [[nodiscard]] std::string_view name() const { return "mask_iou"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return trajectory_iou(finder(generated, real), real).mask;
  }
};
static_assert(Metric<MaskIou>);

/// Pixels; see `centre_error`.
struct CentreError {
  Tensor palette;
  [[nodiscard]] std::string_view name() const { return "centre_error"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return centre_error(generated, real, palette);
  }
};
static_assert(Metric<CentreError>);

/// RGB in [0, 1]; see `colour_drift`.
struct ColourDrift {
  [[nodiscard]] std::string_view name() const { return "colour_drift"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return colour_drift(generated, real.video);
  }
};
static_assert(Metric<ColourDrift>);

/// Gradient energy of each clip over that of its real clip. The mean of these ratios weighs smooth clips more than
/// `sharpness` does, whose ratio of means is the figure to report; these are for paired comparisons.
struct SharpnessRatio {
  [[nodiscard]] std::string_view name() const { return "sharpness"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return gradient_energy(generated) / gradient_energy(real.video).clamp_min(1e-8);
  }
};
static_assert(Metric<SharpnessRatio>);

}  // namespace flashmotion
