#include "flashmotion/samplers/euler.hpp"

#include "tests/samplers/traces.hpp"
#include "tests/support/laws.hpp"

namespace euler_test {

using flashmotion::Euler;
using flashmotion::SigmaGrid;

TEST_CASE("Euler on the grid of Diffusers shifts twice", "[samplers][golden]") {
  const Euler four({.steps = 4, .shift = 5.0, .grid = SigmaGrid::diffusers});
  traces::check_sigmas(four, 0, {1.0, .90970716, .71731749, .02441407, 0.0});
  traces::check_timesteps(four, {1000}, {});
  traces::check_sigmas(Euler({.steps = 1, .shift = 5.0, .grid = SigmaGrid::diffusers}), 0, {1.0, 0.0});
  laws::check_sampler(four);
}

}  // namespace euler_test
