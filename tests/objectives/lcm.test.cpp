#include "flashmotion/objectives/lcm.hpp"

#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"

namespace lcm_test {

using flashmotion::ConsistencyDistance;
using flashmotion::Lcm;
using flashmotion::Quantities;
using flashmotion::Quantity;
using flashmotion::StepView;
using flashmotion::Tensor;
using given_source::GivenSource;
using given_source::value_of;

Tensor frames(float first, float second, float third) {
  return torch::tensor({first, second, third}).view({1, 1, 3, 1, 1});
}

// Frame 0 differs by 100 and does not count; the others by 3 and -7.5.
GivenSource pair() {
  return GivenSource({{Quantity::consistency_prediction, frames(100.0F, 4.0F, -2.5F)},
                      {Quantity::consistency_target, frames(0.0F, 1.0F, 5.0F)}});
}

TEST_CASE("the consistency objective keeps its laws", "[objectives][law]") {
  laws::check_objective(Lcm({}));
  laws::check_objective(Lcm({.distance = ConsistencyDistance::l2}));
}

TEST_CASE("the consistency distances are those of a hand calculation", "[objectives][golden]") {
  GivenSource square = pair();
  CHECK(value_of(Lcm({.distance = ConsistencyDistance::l2}), square) == Approx((9.0 + 56.25) / 2));
  CHECK(square.computed() == 2);
  // sqrt(9 + 16) - 4 = 1 and sqrt(56.25 + 16) - 4 = 4.5.
  GivenSource huber = pair();
  CHECK(value_of(Lcm({.huber_c = 4.0}), huber) == Approx((1.0 + 4.5) / 2));
}

TEST_CASE("only the student's side of the consistency objective has a gradient", "[objectives][unit]") {
  const Tensor student = frames(100.0F, 4.0F, -2.5F).requires_grad_(true);
  const Tensor target = frames(0.0F, 1.0F, 5.0F).requires_grad_(true);
  GivenSource source({{Quantity::consistency_prediction, student}, {Quantity::consistency_target, target}});
  const Lcm objective({.huber_c = 4.0});
  CHECK(objective.needs() == Quantities{Quantity::consistency_prediction, Quantity::consistency_target});
  objective(StepView(source, objective.needs(), 0)).value.backward();
  // d / sqrt(d^2 + c^2) / 2: 3 / 5 and -7.5 / 8.5.
  CHECK_THAT(student.grad(), compare::close_to(frames(0.0F, 0.3F, -0.44117647F)));
  CHECK_FALSE(target.grad().defined());
}

}  // namespace lcm_test
