#pragma once

#include "flashmotion/trajectory/trajectory.hpp"

namespace flashmotion {

/// The same motion in another number of frames: first and last frame stay first and last, times between are spread
/// evenly. Keys that come to lie on whole frames stay keys with their easing; an object with others gets a key in each
/// frame in which it is seen. Throws InputError when `frames` is not 1 to 10000.
[[nodiscard]] FLASHMOTION_EXPORT Trajectory retimed(const Trajectory& trajectory, std::int64_t frames);

}  // namespace flashmotion
