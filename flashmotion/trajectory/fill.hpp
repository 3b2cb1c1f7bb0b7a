#pragma once

#include "flashmotion/core/concepts/trajectory_encoder.hpp"
#include "flashmotion/trajectory/control_maps.hpp"

namespace flashmotion {

struct FillConfig {
  static void fields(auto& /*f*/, auto& /*c*/) {}
};

/// Fills each object in its colour on black, later objects on top: its mask where masks are given, or else its box.
class Fill {
 public:
  using Config = FillConfig;
  explicit Fill(const FillConfig& /*config*/ = {}) {}

  [[nodiscard]] Tensor encode(const TrajectoryRequest& request) const {
    if (request.masks.defined()) return draw_control_maps(request.masks, request.valid, request.colours);
    return draw_control_maps(request.boxes, request.valid, request.colours, request.height, request.width);
  }
};
static_assert(TrajectoryEncoder<Fill>);

}  // namespace flashmotion
