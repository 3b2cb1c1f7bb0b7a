// expect: WeightSchedule
// expect: s.at(
#include "flashmotion/core/concepts/weight_schedule.hpp"

namespace fm = flashmotion;

#ifdef FLASHMOTION_MENDED
using Weight = double;
#else
using Weight = int;
#endif

// A weight is a double: a whole number would cut it.
struct MySchedule {
  Weight at(std::int64_t) const { return 1; }
};
static_assert(fm::WeightSchedule<MySchedule>);
