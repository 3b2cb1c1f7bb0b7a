#include "flashmotion/samplers/dpmpp.hpp"

#include "flashmotion/samplers/multistep.hpp"
#include "tests/samplers/traces.hpp"
#include "tests/support/laws.hpp"

#include <cmath>

namespace dpmpp_test {

using flashmotion::Dpmpp;
using flashmotion::SigmaGrid;

TEST_CASE("DPM-Solver++ keeps the laws of samplers", "[samplers][law]") {
  laws::check_sampler(Dpmpp({.steps = 50, .shift = 5.0}));
  laws::check_sampler(Dpmpp({.steps = 1, .shift = 1.0}));
  laws::check_sampler(Dpmpp({.steps = 3, .shift = 5.0, .grid = SigmaGrid::diffusers}));
}

TEST_CASE("the levels of DPM-Solver++ are those of the Wan code", "[samplers][golden]") {
  const Dpmpp fifty({.steps = 50, .shift = 5.0});
  traces::check_timesteps(fifty, {1000, 995, 991, 987, 982, 978}, {241, 172, 92});
  traces::check_sigmas(fifty, 0, {1.0, .99593496, .99173554, .98739496});
  traces::check_timesteps(Dpmpp({.steps = 4, .shift = 5.0}), {1000, 937, 833, 625}, {});
}

TEST_CASE("a run of DPM-Solver++ ends where the Wan code ends", "[samplers][golden]") {
  CHECK_THAT(
      traces::golden_run(Dpmpp({.steps = 6, .shift = 5.0})),
      compare::close_to(torch::tensor({0.8440595F, 0.0075995F, -0.8520859F, 0.4005900F, -0.3531229F, -0.4963339F}),
                        {5e-7, 1e-6}));
}

TEST_CASE("the signal-to-noise ratio is infinite at both ends and no step is lost to that", "[samplers][unit]") {
  CHECK(std::isinf(flashmotion::half_log_snr(0.0)));
  CHECK(flashmotion::half_log_snr(1.0) == -flashmotion::half_log_snr(0.0));
  CHECK(flashmotion::half_log_snr(0.5) == Approx(0.0).margin(1e-12));
  // From pure noise x moves to the level `to` of the path towards the estimate, and from there to the estimate.
  CHECK(flashmotion::clean_gain(1.0, 0.75) == Approx(0.25));
  CHECK(flashmotion::clean_gain(0.75, 0.0) == Approx(1.0));
  // alpha (1 - e^-h) elsewhere.
  const double h = flashmotion::half_log_snr(0.2) - flashmotion::half_log_snr(0.6);
  CHECK(flashmotion::clean_gain(0.6, 0.2) == Approx(-0.8 * std::expm1(-h)));
}

}  // namespace dpmpp_test
