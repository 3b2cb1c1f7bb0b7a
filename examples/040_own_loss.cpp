// A loss of one's own: it says what it needs of a step and gives a number. Here it is one of two terms that train a
// generator.

#include "examples/tiny_world.hpp"
#include "flashmotion/core/any/any_adapter.hpp"
#include "flashmotion/objectives/diffusion.hpp"

#include <fmt/format.h>

namespace flashmotion::example {

/// Compares how the clip changes from one latent frame to the next, in place of the frames themselves.
struct MotionLoss {
  [[nodiscard]] std::string_view name() const { return "motion"; }
  [[nodiscard]] Quantities needs() const { return {Quantity::clean, Quantity::clean_prediction}; }
  [[nodiscard]] LossTerm operator()(const StepView& view) const {
    const Tensor error = view[Quantity::clean_prediction] - view[Quantity::clean];  // [B, C, T, H, W]
    return {error.diff(1, 2).square().mean()};
  }
};
static_assert(Objective<MotionLoss>);

}  // namespace flashmotion::example

int main() {
  using namespace flashmotion;
  using namespace flashmotion::example;
  BatchSource data = tiny_data();
  const wan::DitGenerator generator(tiny_transformer(), 0);
  ObjectiveStack terms({{"flow", AnyObjective(DiffusionLoss({})), ConstantWeight{1.0}, 1},
                        {"motion", AnyObjective(MotionLoss{}), ConstantWeight{0.1}, 1}});
  DenoisingStage<wan::DitGenerator, AnyAdapter> stage(tiny_training("generator", 60), data, generator, std::nullopt,
                                                      std::move(terms));
  double first = 0, last = 0;
  for (std::int64_t step = 0; step < 60; ++step) {
    const double value = stage.step(step).terms.back().value.item<double>();
    if (step < 10) first += value / 10;
    if (step >= 50) last += value / 10;
  }
  fmt::print("motion loss: {:.3f} in the first ten steps, {:.3f} in the last ten\n", first, last);
  return last < first ? 0 : 1;
}
