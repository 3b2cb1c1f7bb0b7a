#pragma once

#include "flashmotion/core/tensor.hpp"
#include "flashmotion/core/trajectory_request.hpp"

#include <concepts>

namespace flashmotion {

/// Draws boxes or masks of objects as control maps [B, 3, F, H, W], float32 in [-1, 1], which the codec encodes.
/// Laws: equal requests give equal maps; a clip's maps do not depend on the others of its batch; objects that are not
/// valid change nothing; the maps follow the boxes, or the masks where they are given.
template <class E>
concept TrajectoryEncoder = requires(const E& e, const TrajectoryRequest& request) {
  { e.encode(request) } -> std::same_as<Tensor>;
};

}  // namespace flashmotion
