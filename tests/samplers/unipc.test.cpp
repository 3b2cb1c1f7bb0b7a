#include "flashmotion/samplers/unipc.hpp"

#include "flashmotion/core/any/any_sampler.hpp"
#include "tests/samplers/traces.hpp"
#include "tests/support/laws.hpp"

namespace unipc_test {

using flashmotion::SigmaGrid;
using flashmotion::TimestepRounding;
using flashmotion::Unipc;

TEST_CASE("UniPC keeps the laws of samplers", "[samplers][law]") {
  laws::check_sampler(Unipc({.steps = 50, .shift = 5.0}));
  laws::check_sampler(Unipc({.steps = 1, .shift = 1.0}));
  laws::check_sampler(Unipc({.steps = 3, .shift = 5.0, .grid = SigmaGrid::diffusers}));
  laws::check_sampler(flashmotion::AnySampler(Unipc({.steps = 2, .shift = 3.0})));
}

TEST_CASE("UniPC's levels are those of the Wan code", "[samplers][golden]") {
  const Unipc fifty({.steps = 50, .shift = 5.0});
  traces::check_timesteps(fifty, {999, 995, 991, 987, 982, 978}, {241, 172, 92});
  traces::check_sigmas(fifty, 0, {.9997998, .9957324, .9915305, .9871874});
  traces::check_sigmas(fifty, 48, {.1722651, .0925069, 0.0});
  const Unipc forty({.steps = 40, .shift = 5.0});
  traces::check_timesteps(forty, {999, 994, 989, 983, 978, 972}, {288, 208, 113});
  traces::check_sigmas(forty, 0, {.9997998, .9946948, .9893770, .9838330});
  traces::check_sigmas(forty, 38, {.2081597, .1135330, 0.0});
  traces::check_timesteps(Unipc({.steps = 50, .shift = 8.0}), {999, 997, 994, 991, 989, 986}, {337, 249, 140});
  const Unipc four({.steps = 4, .shift = 5.0});
  traces::check_timesteps(four, {999, 937, 833, 624}, {});
  traces::check_sigmas(four, 0, {.9997998, .9372655, .8330554, .6246874, 0.0});
}

TEST_CASE("UniPC's levels are those of Diffusers", "[samplers][golden]") {
  const Unipc fifty({.steps = 50, .shift = 5.0, .grid = SigmaGrid::diffusers});
  traces::check_timesteps(fifty, {999, 995, 991, 987, 982, 978}, {244, 175, 96});
  traces::check_sigmas(fifty, 0, {.999999, .99593909, .99174407, .9874082});
  traces::check_sigmas(fifty, 48, {.17596921, .09677836, 0.0});
}

TEST_CASE("the network may be told the exact levels", "[samplers][unit]") {
  const Unipc exact({.steps = 4, .shift = 5.0, .timesteps = TimestepRounding::exact});
  for (std::size_t i = 0; i < 4; ++i) CHECK(exact.network_sigmas()[i] == exact.sigmas()[i]);
}

TEST_CASE("a run of UniPC ends where the Wan code ends", "[samplers][golden]") {
  CHECK_THAT(
      traces::golden_run(Unipc({.steps = 6, .shift = 5.0})),
      compare::close_to(torch::tensor({0.8465028F, 0.0076470F, -0.8545007F, 0.4017631F, -0.3541085F, -0.4977296F}),
                        {5e-7, 1e-6}));
}

}  // namespace unipc_test
