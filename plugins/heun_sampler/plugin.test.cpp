#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "plugins/heun_sampler/heun_sampler.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/toy_requests.hpp"

#include <cmath>

namespace heun_sampler_test {

using flashmotion::AnySampler;
using flashmotion::ISampler;
using flashmotion::Tensor;
using heun_sampler::Heun;

// Distance to the solution of dx / dsigma = x after all steps, from x(1) = 1: x(0) = 1 / e.
template <class S>
double error_of(const S& sampler) {
  const auto sigmas = sampler.sigmas();
  flashmotion::SamplerState state;
  flashmotion::Rng rng(1, "none");
  Tensor x = torch::ones({1}, torch::kDouble);
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) x = sampler.step(x, x, i, state, rng);
  return std::abs(x.item<double>() - std::exp(-1.0));
}

TEST_CASE("the loaded heun sampler keeps its laws", "[plugin][law]") {
  const AnySampler sampler(toy_requests::load<ISampler>("use = \"heun\"\nsteps = 6\n", toy_requests::context()));
  CHECK(sampler.sigmas().size() == 7);
  laws::check_sampler(sampler);
}

TEST_CASE("heun is of order 2 and euler of order 1", "[plugin][unit]") {
  const auto ratio = [](auto make) { return error_of(make(20)) / error_of(make(40)); };
  CHECK(ratio([](std::int64_t steps) { return Heun({.steps = steps, .shift = 1.0}); }) == Approx(4.0).epsilon(0.1));
  CHECK(ratio([](std::int64_t steps) { return flashmotion::Euler({.steps = steps, .shift = 1.0}); }) ==
        Approx(2.0).epsilon(0.1));
}

TEST_CASE("two steps of heun are its formula", "[plugin][golden]") {
  // Levels 1, 1/2, 0; velocities 2 and then 4: 0 - 2/2 = -1, corrected to 0 - (2 + 4)/2/2 = -1.5, then -1.5 - 4/2.
  const Heun sampler({.steps = 2, .shift = 1.0});
  flashmotion::SamplerState state;
  flashmotion::Rng rng(1, "none");
  Tensor x = sampler.step(torch::zeros({1}), torch::full({1}, 2.0), 0, state, rng);
  CHECK(x.item<double>() == Approx(-1.0));
  x = sampler.step(x, torch::full({1}, 4.0), 1, state, rng);
  CHECK(x.item<double>() == Approx(-3.5));
}

}  // namespace heun_sampler_test
