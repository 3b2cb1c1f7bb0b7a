#include "flashmotion/samplers/sample.hpp"

#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/few_step.hpp"
#include "tests/support/archetypes.hpp"
#include "tests/support/compare.hpp"

#include <stdexcept>
#include <vector>

namespace sample_test {

using archetypes::BareAdapter;
using archetypes::BareGenerator;
using archetypes::CountingAdapter;
using archetypes::CountingGenerator;
using archetypes::ExactGenerator;
using compare::close_to;
using compare::equal_to;
using flashmotion::Condition;
using flashmotion::Conditioned;
using flashmotion::Euler;
using flashmotion::FewStep;
using flashmotion::Rng;
using flashmotion::Tensor;

Tensor clean() { return Rng(1, "clean").normal({2, 3, 3, 4, 4}); }
Tensor noise() { return Rng(1, "noise").normal({2, 3, 3, 4, 4}); }

TEST_CASE("the loop asks for the least of its arguments", "[samplers][law]") {
  BareGenerator generator(0);
  BareAdapter adapter(0);
  Conditioned<BareGenerator, BareAdapter> conditioned(generator, &adapter, {});
  Rng rng(1, "sample");
  CHECK_THAT(flashmotion::sample(archetypes::BareSampler(0), conditioned, noise(), rng), equal_to(noise()));
}

TEST_CASE("one network pass a step, at the sampler's levels", "[samplers][unit]") {
  CountingGenerator generator{ExactGenerator(clean())};
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, {});
  Rng rng(1, "sample");
  const FewStep sampler({.steps = 4, .shift = 5.0});
  const Tensor result = flashmotion::sample(sampler, conditioned, noise(), rng);
  CHECK(generator.counts().passes == 4);
  CHECK_THAT(result, close_to(clean(), {1e-4, 0}));
  CHECK_THAT(generator.counts().latents[0], equal_to(noise()));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK_THAT(generator.counts().sigmas[i], close_to(torch::full({2, 3}, sampler.sigmas()[i])));
  }
}

TEST_CASE("the exact generator leads fifty Euler steps to the clean latent", "[samplers][unit]") {
  CountingGenerator generator{ExactGenerator(clean())};
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, {});
  Rng rng(1, "sample");
  const Tensor result = flashmotion::sample(Euler({.steps = 50, .shift = 5.0}), conditioned, noise(), rng);
  CHECK(generator.counts().passes == 50);
  CHECK_THAT(result, close_to(clean(), {1e-4, 0}));
}

TEST_CASE("a given first frame is kept, clean at every step", "[samplers][unit]") {
  CountingGenerator generator{BareGenerator(0)};
  Condition condition;
  condition.image.first_frame = torch::full({2, 3, 1, 4, 4}, 7.0);
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, condition);
  Rng rng(1, "sample");
  const Tensor result = flashmotion::sample(FewStep({.steps = 3, .shift = 3.0}), conditioned, noise(), rng);
  CHECK_THAT(result.narrow(2, 0, 1), equal_to(condition.image.first_frame));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(generator.counts().latents[i].narrow(2, 0, 1), equal_to(condition.image.first_frame));
    CHECK_THAT(generator.counts().sigmas[i].narrow(1, 0, 1), equal_to(torch::zeros({2, 1})));
    CHECK(generator.counts().sigmas[i].narrow(1, 1, 2).min().item<double>() > 0);
  }
}

TEST_CASE("the network is told the sampler's rounded levels", "[samplers][unit]") {
  CountingGenerator generator{BareGenerator(0)};
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, {});
  Rng rng(1, "sample");
  const Euler sampler({.steps = 3, .shift = 5.0, .timesteps = flashmotion::TimestepRounding::truncate});
  (void)flashmotion::sample(sampler, conditioned, noise(), rng);
  CHECK_THAT(generator.counts().sigmas[1], close_to(torch::full({2, 3}, 0.909)));
}

TEST_CASE("edits that do not depend on noise are computed once", "[samplers][unit]") {
  CountingGenerator generator{BareGenerator(0)};
  Rng rng(1, "sample");
  const Euler sampler({.steps = 5, .shift = 3.0});
  CountingAdapter once{BareAdapter(0), false};
  Conditioned<decltype(generator), decltype(once)> still(generator, &once, {});
  (void)flashmotion::sample(sampler, still, noise(), rng);
  CHECK(once.calls() == 1);
  CountingAdapter always{BareAdapter(0), true};
  Conditioned<decltype(generator), decltype(always)> moving(generator, &always, {});
  (void)flashmotion::sample(sampler, moving, noise(), rng);
  CHECK(always.calls() == 5);
}

TEST_CASE("edits computed without gradients are not used where gradients are wanted", "[samplers][unit]") {
  BareGenerator generator(0);
  CountingAdapter adapter{BareAdapter(0), false};
  Conditioned<BareGenerator, decltype(adapter)> conditioned(generator, &adapter, {});
  const Tensor sigma = torch::ones({2});
  {
    const torch::NoGradGuard no_grad;
    (void)conditioned.velocity(noise(), sigma);
    (void)conditioned.velocity(noise(), sigma);
  }
  CHECK(adapter.calls() == 1);
  (void)conditioned.velocity(noise(), sigma);
  (void)conditioned.velocity(noise(), sigma);
  CHECK(adapter.calls() == 2);
}

TEST_CASE("the clean estimate has frame 0 as given", "[samplers][unit]") {
  ExactGenerator generator{clean()};
  Condition condition;
  condition.image.first_frame = torch::full({2, 3, 1, 4, 4}, 7.0);
  Conditioned<ExactGenerator, BareAdapter> conditioned(generator, nullptr, condition);
  const Tensor estimate = conditioned.clean(noise(), torch::tensor({0.4F, 0.9F}));
  CHECK_THAT(estimate.narrow(2, 0, 1), equal_to(condition.image.first_frame));
  CHECK_THAT(estimate.narrow(2, 1, 2), close_to(clean().narrow(2, 1, 2)));
}

TEST_CASE("progress is told after each step and may stop the loop", "[samplers][unit]") {
  CountingGenerator generator{BareGenerator(0)};
  Conditioned<decltype(generator), BareAdapter> conditioned(generator, nullptr, {});
  Rng rng(1, "sample");
  const Euler sampler({.steps = 5, .shift = 3.0});
  std::vector<std::size_t> seen;
  const auto stop_at_two = [&](std::size_t step, std::size_t of) {
    CHECK(of == 5);
    seen.push_back(step);
    if (step == 2) throw std::runtime_error("stop");
  };
  CHECK_THROWS_WITH(flashmotion::sample(sampler, conditioned, noise(), rng, stop_at_two), "stop");
  CHECK(seen == std::vector<std::size_t>{1, 2});
  CHECK(generator.counts().passes == 2);
}

}  // namespace sample_test
