#pragma once

#include "flashmotion/plugin/laws/schedule_laws.hpp"
#include "flashmotion/plugin/laws/trajectory_encoder_laws.hpp"
#include "tests/support/laws.hpp"

// The laws of the kinds of component that have no parameters and no part in a network.

namespace laws {

template <flashmotion::WeightSchedule S>
void check_weight_schedule(const S& schedule) {
  flashmotion::LawBook book;
  flashmotion::judge_schedule(book, detail::erased<flashmotion::AnyWeightSchedule>(schedule));
  check_all(book.results());
}

template <flashmotion::TrajectoryEncoder E>
void check_trajectory_encoder(const E& encoder) {
  flashmotion::LawBook book;
  flashmotion::judge_trajectory_encoder(book, detail::erased<flashmotion::AnyTrajectoryEncoder>(encoder));
  check_all(book.results());
}

}  // namespace laws
