#pragma once

#include "flashmotion/core/concepts/trajectory_encoder.hpp"
#include "flashmotion/core/concepts/weight_schedule.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/core/trajectory_request.hpp"
#include "tests/support/compare.hpp"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>

// The laws of the kinds of component that have no parameters and no part in a network.

namespace laws {

/// Finite, at least 0, and the same whatever was asked before.
template <flashmotion::WeightSchedule S>
void check_weight_schedule(const S& schedule) {
  for (const std::int64_t step : {0, 1, 7, 99, 100, 101, 399, 400, 5000, 10000000}) {
    CAPTURE(step);
    const double weight = schedule.at(step);
    CHECK(std::isfinite(weight));
    CHECK(weight >= 0.0);
    static_cast<void>(schedule.at(0));
    CHECK(schedule.at(step) == weight);
  }
}

/// Three clips of two objects, the last object of the last clip not valid; `masks` fills half of each box.
inline flashmotion::TrajectoryRequest trajectory_request(bool masks) {
  constexpr std::int64_t kHeight = 12, kWidth = 16, kFrames = 5;
  flashmotion::TrajectoryRequest request;
  flashmotion::Rng rng(3, "boxes");
  const at::Tensor low = rng.uniform({3, 2, kFrames, 2}) * 0.6;
  request.boxes = at::cat({low, low + 0.2 + rng.uniform({3, 2, kFrames, 2}) * 0.2}, -1);
  request.valid = torch::ones({3, 2}, torch::kBool);
  request.valid[2][1] = false;
  request.colours = rng.uniform({3, 2, 3});
  request.height = kHeight;
  request.width = kWidth;
  if (!masks) return request;
  const at::Tensor x = (torch::arange(kWidth) + 0.5) / kWidth, y = (torch::arange(kHeight) + 0.5) / kHeight;
  const auto side = [&](std::int64_t i) { return request.boxes.select(-1, i).unsqueeze(-1); };
  const at::Tensor columns = (x >= side(0)).logical_and(x < side(2));
  const at::Tensor rows = (y >= side(1)).logical_and(y < (side(1) + side(3)) * 0.5);
  request.masks = rows.unsqueeze(-1).logical_and(columns.unsqueeze(-2));
  return request;
}

/// Maps of the stated extent, type and range; equal for equal requests; a clip alone has the same as in a batch; what
/// is not valid changes nothing; what moves does.
template <flashmotion::TrajectoryEncoder E>
void check_trajectory_encoder(const E& encoder) {
  for (const bool masks : {false, true}) {
    CAPTURE(masks);
    const auto request = trajectory_request(masks);
    const at::Tensor maps = encoder.encode(request);
    REQUIRE(maps.sizes() == at::IntArrayRef({3, 3, request.boxes.size(2), request.height, request.width}));
    CHECK(maps.scalar_type() == at::kFloat);
    CHECK(maps.isfinite().all().item<bool>());
    CHECK(maps.abs().max().item<double>() <= 1.0);
    CHECK_THAT(encoder.encode(request), compare::equal_to(maps));

    auto one = request;
    for (at::Tensor* part : {&one.boxes, &one.masks, &one.valid, &one.colours}) {
      if (part->defined()) *part = part->narrow(0, 1, 1);
    }
    CHECK_THAT(encoder.encode(one), compare::close_to(maps.narrow(0, 1, 1)));

    auto other = request;
    other.boxes = request.boxes.clone();
    other.boxes[2][1] += 0.1;
    other.colours = request.colours.clone();
    other.colours[2][1] = 1.0 - other.colours[2][1];
    CHECK_THAT(encoder.encode(other), compare::equal_to(maps));

    auto moved = request;
    moved.boxes = request.boxes + 0.15;
    if (masks) moved.masks = request.masks.roll({1}, {4});
    CHECK_FALSE(encoder.encode(moved).equal(maps));
  }
}

}  // namespace laws
