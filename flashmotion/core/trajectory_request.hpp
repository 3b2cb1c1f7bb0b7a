#pragma once

#include "flashmotion/core/tensor.hpp"

#include <cstdint>

namespace flashmotion {

/// What a trajectory encoder draws: the places of the objects of some clips, in every frame.
struct TrajectoryRequest {
  Tensor boxes;             // [B, K, F, 4] float32 x0, y0, x1, y1, normalised, half open
  Tensor masks{};           // [B, K, F, H, W] bool, visible pixels; undefined: objects are known by their boxes alone
  Tensor valid;             // [B, K] bool, objects that the clip has
  Tensor colours;           // [B, K, 3] float32 RGB in [0, 1]
  std::int64_t height = 0;  // pixels
  std::int64_t width = 0;   // pixels
};

}  // namespace flashmotion
