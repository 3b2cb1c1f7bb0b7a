#include "flashmotion/objectives/stack.hpp"

#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "tests/objectives/given_source.hpp"
#include "tests/support/archetypes.hpp"

#include <cmath>

namespace stack_test {

using flashmotion::AdversarialLoss;
using flashmotion::AnyObjective;
using flashmotion::ConstantWeight;
using flashmotion::CosineWeight;
using flashmotion::DiffusionLoss;
using flashmotion::InverseWeight;
using flashmotion::LinearWeight;
using flashmotion::ObjectiveStack;
using flashmotion::Quantities;
using flashmotion::Quantity;
using given_source::GivenSource;

ObjectiveStack hybrid() {
  return ObjectiveStack({{"diffusion", AnyObjective(DiffusionLoss({})), InverseWeight{}, 1},
                         {"gan", AnyObjective(AdversarialLoss({})), ConstantWeight{2.0}, 3}});
}

GivenSource source() {
  const auto ones = torch::ones({1, 1, 3, 1, 1});
  return GivenSource({{Quantity::velocity_prediction, (ones * 2).requires_grad_(true)},
                      {Quantity::velocity_target, ones},
                      {Quantity::fake_logits, torch::zeros({1, 1}).requires_grad_(true)}});
}

TEST_CASE("weights follow their schedules", "[objectives][golden]") {
  const flashmotion::AnyWeightSchedule inverse = InverseWeight{};
  CHECK(inverse.at(0) == Approx(10.0));
  CHECK(inverse.at(100) == Approx(2.0));
  CHECK(inverse.at(225) == Approx(1.0));
  CHECK(InverseWeight{.scale = 3.0}.at(100) == Approx(6.0));
  CHECK(ConstantWeight{0.5}.at(12345) == 0.5);
  const LinearWeight linear{.start = 1.0, .end = 3.0, .steps = 10};
  CHECK(linear.at(0) == Approx(1.0));
  CHECK(linear.at(5) == Approx(2.0));
  CHECK(linear.at(99) == Approx(3.0));
  const CosineWeight cosine{.start = 1.0, .end = 0.0, .steps = 8};
  CHECK(cosine.at(0) == Approx(1.0));
  CHECK(cosine.at(2) == Approx(0.5 + std::sqrt(0.125)));
  CHECK(cosine.at(4) == Approx(0.5));
  CHECK(cosine.at(100) == Approx(0.0).margin(1e-12));
}

TEST_CASE("a stack sums its active terms with their weights", "[objectives][unit]") {
  auto given = source();
  const auto value = hybrid()(given, 0);
  CHECK(value.total.item<double>() == Approx(10.0 + 2 * std::log(2.0)));
  REQUIRE(value.terms.size() == 2);
  CHECK(value.terms[0].name == "diffusion");
  CHECK(value.terms[0].value.item<double>() == Approx(1.0));
  CHECK(value.terms[0].weight == Approx(10.0));
  CHECK_FALSE(value.terms[0].value.requires_grad());
  CHECK(value.terms[1].name == "gan");
  CHECK(value.terms[1].weight == Approx(2.0));
  CHECK(value.total.requires_grad());
}

TEST_CASE("a term that is not due is neither computed nor needed", "[objectives][unit]") {
  auto given = source();
  const auto value = hybrid()(given, 100);
  REQUIRE(value.terms.size() == 1);
  CHECK(value.total.item<double>() == Approx(2.0));
  CHECK(given.computed() == 2);
  CHECK(hybrid().needs(100) == Quantities{Quantity::velocity_prediction, Quantity::velocity_target});
  CHECK(hybrid().needs(99).contains(Quantity::fake_logits));
}

TEST_CASE("a stack knows whether anything is due", "[objectives][unit]") {
  CHECK(ObjectiveStack().empty());
  CHECK_FALSE(ObjectiveStack().active(0));
  const ObjectiveStack rare({{"gan", AnyObjective(AdversarialLoss({})), ConstantWeight{}, 5}});
  CHECK_FALSE(rare.empty());
  CHECK(rare.active(10));
  CHECK_FALSE(rare.active(11));
  CHECK(rare.needs(11).empty());
  auto given = source();
  CHECK_FALSE(rare(given, 11).total.defined());
  CHECK(given.computed() == 0);
}

TEST_CASE("a stack takes the least of objectives and schedules", "[objectives][law]") {
  const ObjectiveStack stack({{"bare", AnyObjective(archetypes::BareObjective(0)), archetypes::BareSchedule(0), 1}});
  auto given = source();
  CHECK(stack(given, 0).total.item<double>() == Approx(1.0));
}

TEST_CASE("a term is active between its first step and its last, every so many-th", "[objectives][unit]") {
  const ObjectiveStack stack(
      {{"gan", AnyObjective(AdversarialLoss({})), ConstantWeight{1.0}, /*every=*/2, /*from=*/3, /*until=*/8}});
  std::vector<std::int64_t> active;
  for (std::int64_t step = 0; step < 12; ++step) {
    GivenSource given = source();
    const bool computed = !stack(given, step).terms.empty();
    CHECK(stack.active(step) == computed);
    CHECK(stack.needs(step).empty() != computed);
    CHECK(given.computed() == (computed ? 1 : 0));
    if (computed) active.push_back(step);
  }
  CHECK(active == std::vector<std::int64_t>{4, 6});
}

}  // namespace stack_test
