#pragma once

#include <concepts>
#include <cstdint>

namespace flashmotion {

/// Weight of a loss term at a training step, from 0.
/// Laws: finite and at least 0; the same at each question for the same step, in any order.
template <class S>
concept WeightSchedule = requires(const S& s, std::int64_t step) {
  { s.at(step) } -> std::same_as<double>;
};

}  // namespace flashmotion
