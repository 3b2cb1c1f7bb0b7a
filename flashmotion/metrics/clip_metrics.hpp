#pragma once

#include "flashmotion/core/concepts/metric.hpp"
#include "flashmotion/metrics/centre_error.hpp"
#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/flicker.hpp"
#include "flashmotion/metrics/mask_centre_error.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "flashmotion/metrics/visibility_accuracy.hpp"

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

/// Pixels of a 480-pixel-high frame, with the objects that `finder` finds; see `mask_centre_error`.
struct MaskCentreError {
  ObjectFinder finder;
  [[nodiscard]] std::string_view name() const { return "mask_centre_error"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return mask_centre_error(finder(generated, real), real);
  }
};
static_assert(Metric<MaskCentreError>);

/// With the objects that `finder` finds; see `visibility_accuracy`.
struct VisibilityAccuracy {
  ObjectFinder finder;
  [[nodiscard]] std::string_view name() const { return "visibility_accuracy"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return visibility_accuracy(finder(generated, real), real);
  }
};
static_assert(Metric<VisibilityAccuracy>);

/// See `flicker_ratio`.
struct FlickerRatio {
  [[nodiscard]] std::string_view name() const { return "flicker"; }
  [[nodiscard]] Tensor operator()(const Tensor& generated, const ClipBatch& real) const {
    return flicker_ratio(generated, real.video);
  }
};
static_assert(Metric<FlickerRatio>);

}  // namespace flashmotion
