#include "flashmotion/objectives/weight_schedule.hpp"

#include "flashmotion/core/any/any_weight_schedule.hpp"
#include "tests/support/kind_laws.hpp"

namespace weight_schedule_test {

TEST_CASE("the weight schedules keep their laws", "[objectives][law]") {
  laws::check_weight_schedule(flashmotion::ConstantWeight{0.5});
  laws::check_weight_schedule(flashmotion::InverseWeight{});
  laws::check_weight_schedule(flashmotion::LinearWeight{.start = 2.0, .end = 0.0, .steps = 100});
  laws::check_weight_schedule(flashmotion::CosineWeight{.start = 0.0, .end = 3.0, .steps = 400});
  laws::check_weight_schedule(flashmotion::AnyWeightSchedule(flashmotion::InverseWeight{}));
}

}  // namespace weight_schedule_test
