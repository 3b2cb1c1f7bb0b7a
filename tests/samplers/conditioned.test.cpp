#include "flashmotion/samplers/conditioned.hpp"

#include "flashmotion/samplers/guidance.hpp"
#include "tests/support/archetypes.hpp"
#include "tests/support/compare.hpp"

namespace conditioned_test {

using archetypes::BareAdapter;
using archetypes::CountingAdapter;
using archetypes::CountingGenerator;
using compare::close_to;
using flashmotion::Condition;
using flashmotion::Conditioned;
using flashmotion::Guidance;
using flashmotion::Tensor;

// Predicts the mean of the text's tokens everywhere.
struct TextGenerator {
  [[nodiscard]] flashmotion::NamedTensors named_tensors() const { return {}; }
  void set_training(bool) {}
  [[nodiscard]] flashmotion::GeneratorSpec spec() const { return {}; }
  [[nodiscard]] flashmotion::DenoiseResult denoise(const flashmotion::DenoiseRequest& request) {
    return {request.text.tokens.mean({1, 2}).view({-1, 1, 1, 1, 1}).expand_as(request.latent), {}};
  }
};
static_assert(flashmotion::Generator<TextGenerator>);

Condition condition() {
  Condition given;
  given.text.tokens = torch::full({2, 3, 4}, 5.0);
  return given;
}
Guidance away_from_one(double scale) { return {.scale = scale, .negative = {torch::ones({2, 3, 4})}}; }
Tensor latent() { return torch::zeros({2, 3, 2, 4, 4}); }

TEST_CASE("guidance leads away from what is said of the negative prompt", "[samplers][unit]") {
  CountingGenerator generator{TextGenerator{}};
  const auto velocity = [&](const Guidance& guidance) {
    Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, condition(), guidance);
    return conditioned.velocity(latent(), torch::tensor({0.5F, 0.9F}));
  };
  CHECK_THAT(velocity(away_from_one(6.0)), close_to(torch::full(latent().sizes(), 1.0 + 6.0 * 4.0)));
  CHECK(generator.counts().passes == 2);
  CHECK_THAT(velocity(away_from_one(0.0)), close_to(torch::ones(latent().sizes())));
}

TEST_CASE("no guidance costs no second pass", "[samplers][unit]") {
  CountingGenerator generator{TextGenerator{}};
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, condition(), away_from_one(1.0));
  CHECK_THAT(conditioned.velocity(latent(), torch::ones({2})), close_to(torch::full(latent().sizes(), 5.0)));
  CHECK(generator.counts().passes == 1);
}

TEST_CASE("high noise levels may have a guidance of their own", "[samplers][unit]") {
  TextGenerator generator;
  Guidance guidance = away_from_one(3.0);
  guidance.high_scale = 4.0;
  guidance.boundary = 0.875;
  Conditioned<TextGenerator, BareAdapter> conditioned(generator, nullptr, condition(), guidance);
  const Tensor velocity = conditioned.velocity(latent(), torch::tensor({0.874F, 0.875F}));
  CHECK_THAT(velocity.flatten(1).select(1, 0), close_to(torch::tensor({1.0F + 3 * 4, 1.0F + 4 * 4})));
}

TEST_CASE("guided edits that do not depend on noise are computed once for each text", "[samplers][unit]") {
  TextGenerator generator;
  CountingAdapter adapter{BareAdapter(0), false};
  Conditioned<TextGenerator, decltype(adapter)> conditioned(generator, &adapter, condition(), away_from_one(2.0));
  (void)conditioned.velocity(latent(), torch::ones({2}));
  (void)conditioned.velocity(latent(), torch::full({2}, 0.5));
  CHECK(adapter.calls() == 2);
}

TEST_CASE("guidance with an extra term is the usual one with a scale higher by one", "[samplers][unit]") {
  const Tensor positive = torch::full({1, 1, 1, 1, 1}, 2.0), negative = torch::full({1, 1, 1, 1, 1}, 0.5);
  CHECK_THAT(flashmotion::guide(positive, negative, 7.0), close_to(positive + (positive - negative) * 6.0));
}

}  // namespace conditioned_test
