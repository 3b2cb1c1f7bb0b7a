#include "flashmotion/samplers/timestep_rounding.hpp"

#include "tests/support/catch.hpp"

#include <utility>
#include <vector>

namespace timestep_rounding_test {

using flashmotion::round_timestep;
using flashmotion::TimestepRounding;

TEST_CASE("timesteps are rounded as each reference rounds them", "[samplers][golden]") {
  const std::vector<std::pair<double, double>> turbo{{937.5, 936}, {833.33, 832}, {625, 624},   {750, 752},
                                                     {980, 980},   {499.9, 500},  {130.6, 131}, {100.7, 100}};
  for (const auto& [timestep, seen] : turbo) CHECK(round_timestep(timestep, TimestepRounding::bfloat16) == seen);
  CHECK(round_timestep(937.5, TimestepRounding::truncate) == 937);
  CHECK(round_timestep(937.5, TimestepRounding::exact) == 937.5);
}

TEST_CASE("levels are rounded by their timesteps", "[samplers][unit]") {
  const std::vector<double> sigmas{1.0, 0.9375, 0.0};
  CHECK(flashmotion::round_sigmas(sigmas, TimestepRounding::exact) == sigmas);
  CHECK(flashmotion::round_sigmas(sigmas, TimestepRounding::truncate) == std::vector<double>{1.0, 0.937, 0.0});
}

}  // namespace timestep_rounding_test
