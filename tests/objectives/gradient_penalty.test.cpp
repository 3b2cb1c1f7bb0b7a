#include "flashmotion/objectives/gradient_penalty.hpp"

#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"

namespace gradient_penalty_test {

using flashmotion::GradientPenalty;
using flashmotion::PenaltyForm;
using flashmotion::PenaltySide;
using flashmotion::Quantities;
using flashmotion::Quantity;
using given_source::GivenSource;
using given_source::value_of;

TEST_CASE("the exact penalties keep their laws", "[objectives][law]") {
  laws::check_objective(GradientPenalty({.form = PenaltyForm::exact}));
  laws::check_objective(GradientPenalty({.of = PenaltySide::fake, .form = PenaltyForm::exact}));
}

TEST_CASE("the exact penalty is the squared length of a clip's gradient, averaged over clips", "[objectives][golden]") {
  // Two clips of two cells: |(3, 4)|^2 = 25 and |(1, -2)|^2 = 5.
  GivenSource source({{Quantity::real_gradient, torch::tensor({3.0F, 4.0F, 1.0F, -2.0F}).view({2, 1, 1, 1, 2})},
                      {Quantity::fake_gradient, torch::tensor({1.0F, 1.0F, 0.0F, 2.0F}).view({2, 1, 1, 1, 2})}});
  CHECK(value_of(GradientPenalty({.form = PenaltyForm::exact}), source) == Approx(15.0));
  CHECK(value_of(GradientPenalty({.of = PenaltySide::fake, .form = PenaltyForm::exact}), source) == Approx(3.0));
}

TEST_CASE("side and form of a penalty say what it needs", "[objectives][unit]") {
  const auto needs = [](PenaltySide of, PenaltyForm form) { return GradientPenalty({.of = of, .form = form}).needs(); };
  CHECK(needs(PenaltySide::real, PenaltyForm::approximate) == Quantities{Quantity::real_slope});
  CHECK(needs(PenaltySide::fake, PenaltyForm::approximate) == Quantities{Quantity::fake_slope});
  CHECK(needs(PenaltySide::real, PenaltyForm::exact) == Quantities{Quantity::real_gradient});
  CHECK(needs(PenaltySide::fake, PenaltyForm::exact) == Quantities{Quantity::fake_gradient});
}

}  // namespace gradient_penalty_test
