#include "flashmotion/objectives/feature_matching.hpp"

#include "tests/objectives/given_source.hpp"
#include "tests/support/laws.hpp"

namespace feature_matching_test {

using flashmotion::FeatureMatching;
using flashmotion::Quantities;
using flashmotion::Quantity;
using flashmotion::StepView;
using flashmotion::Tensor;
using given_source::GivenSource;
using given_source::value_of;

// Two blocks, one clip, two tokens of width 1: real 1, -3 and 10, 30; generated 2, -1 and 10, 34.
Tensor real() { return torch::tensor({1.0F, -3.0F, 10.0F, 30.0F}).view({2, 1, 2, 1}); }
Tensor fake() { return torch::tensor({2.0F, -1.0F, 10.0F, 34.0F}).view({2, 1, 2, 1}); }

TEST_CASE("feature matching keeps its laws", "[objectives][law]") {
  laws::check_objective(FeatureMatching({}));
  laws::check_objective(FeatureMatching({.relative = true}));
}

TEST_CASE("feature matching is the mean over blocks of a hand calculation", "[objectives][golden]") {
  GivenSource source({{Quantity::fake_features, fake()}, {Quantity::real_features, real()}});
  // Block means of |difference|: (1 + 2) / 2 and (0 + 4) / 2.
  CHECK(value_of(FeatureMatching({}), source) == Approx((1.5 + 2.0) / 2));
  // Divided by the mean sizes (1 + 3) / 2 and (10 + 30) / 2.
  CHECK(value_of(FeatureMatching({.relative = true}), source) == Approx((1.5 / 2 + 2.0 / 20) / 2));
  CHECK(source.computed() == 2);
}

TEST_CASE("only the generated side of feature matching has a gradient", "[objectives][unit]") {
  const Tensor a = fake().requires_grad_(true), b = real().requires_grad_(true);
  GivenSource source({{Quantity::fake_features, a}, {Quantity::real_features, b}});
  const FeatureMatching objective({});
  CHECK(objective.needs() == Quantities{Quantity::fake_features, Quantity::real_features});
  objective(StepView(source, objective.needs(), 0)).value.backward();
  // A sign, over two tokens and two blocks.
  CHECK_THAT(a.grad(), compare::close_to(torch::tensor({0.25F, 0.25F, 0.0F, 0.25F}).view({2, 1, 2, 1})));
  CHECK_FALSE(b.grad().defined());
}

}  // namespace feature_matching_test
