// Objectives say what they need; a step computes that and no more. Sums of objectives come in two forms: WeightedSum
// is put together at compile time, ObjectiveStack from a recipe, with weights that change with the step.

#include "flashmotion/objectives/adversarial.hpp"
#include "flashmotion/objectives/diffusion.hpp"
#include "flashmotion/objectives/stack.hpp"
#include "flashmotion/objectives/weighted_sum.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace flashmotion::example {

/// An objective of one's own: keeps the clean estimate small.
struct SmallEstimate {
  [[nodiscard]] std::string_view name() const { return "small_estimate"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::clean_prediction}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    return {view[Quantity::clean_prediction].square().mean()};
  }
};
static_assert(Objective<SmallEstimate>);

/// In place of a training stage: says what it is asked for.
class Talkative final : public QuantitySource {
 protected:
  Tensor compute(Quantity quantity) override {
    fmt::print("  computes {}\n", to_string(quantity));
    if (quantity == Quantity::fake_logits) return at::full({2, 4}, 0.5F);
    return at::full({2, 3, 3, 4, 4}, quantity == Quantity::clean ? 1.0F : 0.5F);
  }
};

inline bool near(const Tensor& value, double expected) { return std::abs(value.item<double>() - expected) < 1e-5; }

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  using namespace flashmotion::example;
  const DiffusionLoss diffusion({.compare = DiffusionTarget::clean});

  fmt::print("fixed weights:\n");
  const WeightedSum sum(std::pair{2.0, diffusion}, std::pair{0.5, SmallEstimate{}});
  Talkative first;
  const Tensor fixed = sum(StepView(first, sum.needs(), 0)).value;
  fmt::print("  2 * 0.25 + 0.5 * 0.25 = {}\n", fixed.item<double>());
  bool good = near(fixed, 0.625);

  // FlashMotion's third stage: the diffusion loss falls as 1 / (a step + b), the adversarial one stays.
  fmt::print("scheduled weights:\n");
  const ObjectiveStack stack({{"diffusion", AnyObjective(diffusion), InverseWeight{.a = 4e-3, .b = 0.1}, 1},
                              {"gan", AnyObjective(AdversarialLoss({})), ConstantWeight{1.0}, 2}});
  for (const std::int64_t step : {0, 25, 101}) {
    fmt::print(" step {}:\n", step);
    Talkative source;
    const StackValue value = stack(source, step);
    double expected = 0;
    for (const TermValue& term : value.terms) {
      fmt::print("  {}: {:.3f} times {:.3f}\n", term.name, term.value.item<double>(), term.weight);
      expected += term.value.item<double>() * term.weight;
    }
    good = good && near(value.total, expected) && value.terms.size() == (step % 2 == 0 ? 2 : 1);
  }
  return good ? 0 : 1;
}
