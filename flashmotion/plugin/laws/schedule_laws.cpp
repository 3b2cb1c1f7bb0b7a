#include "flashmotion/plugin/laws/schedule_laws.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>

namespace flashmotion {
namespace schedule_laws_detail {

constexpr std::array<std::int64_t, 10> kSteps{0, 1, 7, 99, 100, 101, 399, 400, 5000, 10'000'000};

}  // namespace schedule_laws_detail

void judge_schedule(LawBook& book, const AnyWeightSchedule& schedule) {
  using schedule_laws_detail::kSteps;
  const bool valued = book.judge("weights", "its weights are finite and at least 0", [&] {
    for (const std::int64_t step : kSteps) {
      const double weight = schedule.at(step);
      if (!(std::isfinite(weight) && weight >= 0.0)) return fmt::format("at step {} the weight is {}", step, weight);
    }
    return std::string();
  });
  if (!valued) return;
  book.judge("repeatable", "a step has the same weight whatever was asked before", [&] {
    for (const std::int64_t step : kSteps) {
      const double weight = schedule.at(step);
      for (const std::int64_t other : kSteps) static_cast<void>(schedule.at(other));
      if (schedule.at(step) != weight)
        return fmt::format("step {} has another weight when other steps were asked for in between; keep no state",
                           step);
    }
    return std::string();
  });
}

}  // namespace flashmotion
