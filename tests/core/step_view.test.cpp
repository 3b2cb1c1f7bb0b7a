#include "flashmotion/core/step_view.hpp"

#include "tests/support/compare.hpp"

#include <string>

namespace step_view_test {

using flashmotion::Quantities;
using flashmotion::Quantity;
using flashmotion::StepView;

class CountingSource final : public flashmotion::QuantitySource {
 public:
  int computed = 0;

 protected:
  flashmotion::Tensor compute(Quantity) override {
    ++computed;
    return torch::full({}, static_cast<float>(computed));
  }
};

TEST_CASE("a quantity is computed at its first use and once", "[core][unit]") {
  CountingSource source;
  const StepView view(source, {Quantity::clean, Quantity::sigma}, 7);
  CHECK(source.computed == 0);
  CHECK(view[Quantity::clean].item<float>() == 1);
  CHECK(view[Quantity::clean].item<float>() == 1);
  CHECK(view.restricted_to({Quantity::clean})[Quantity::clean].item<float>() == 1);
  CHECK(view[Quantity::sigma].item<float>() == 2);
  CHECK(view.step() == 7);
  CHECK(view.restricted_to({}).step() == 7);
}

TEST_CASE("reading what was not declared is an error that names it", "[core][message]") {
  CountingSource source;
  const StepView view(source, {Quantity::clean}, 0);
  CHECK_THROWS_WITH(view[Quantity::fake_logits],
                    "the quantity 'fake_logits' was read but is not declared in needs(); add it there");
  CHECK_THROWS_AS(view.restricted_to({})[Quantity::clean], flashmotion::Error);
  CHECK(source.computed == 0);
}

TEST_CASE("sets of quantities join and contain", "[core][unit]") {
  constexpr Quantities a{Quantity::clean, Quantity::sigma};
  constexpr Quantities b{Quantity::fake_logits};
  static_assert((a | b).contains(a) && (a | b).contains(Quantity::fake_logits));
  static_assert(!a.contains(b) && a.contains(Quantities{}) && Quantities{}.empty() && !a.empty());
  static_assert((a | b) == (b | a) && !(a == b));
  CHECK(std::string(flashmotion::to_string(Quantity::velocity_target)) == "velocity_target");
}

}  // namespace step_view_test
