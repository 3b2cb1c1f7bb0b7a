#include "flashmotion/samplers/timesteps.hpp"

#include "tests/support/compare.hpp"

#include <array>

namespace timesteps_test {

using flashmotion::Density;
using flashmotion::draw_sigma;
using flashmotion::Rng;
using flashmotion::Tensor;
using flashmotion::TimestepConfig;

constexpr std::array<double, 5> kStudent{1.0, 0.9375, 5.0 / 6, 0.625, 0.0};

Tensor draw(const TimestepConfig& config, std::int64_t count = 4000) {
  Rng rng(3, "sigma");
  return draw_sigma(config, count, kStudent, rng);
}

TEST_CASE("uniform levels fill their range, shifted", "[samplers][unit]") {
  const Tensor sigma = draw({.density = Density::uniform, .shift = 1.0, .low = 0.2, .high = 0.8});
  CHECK(sigma.scalar_type() == torch::kFloat);
  CHECK(sigma.min().item<double>() >= 0.2);
  CHECK(sigma.max().item<double>() <= 0.8);
  CHECK(sigma.mean().item<double>() == Approx(0.5).margin(0.01));
  const Tensor shifted = draw({.density = Density::uniform, .shift = 3.0, .low = 0.2, .high = 0.8});
  CHECK_THAT(shifted, compare::close_to(flashmotion::shift_sigma(sigma, 3.0)));
}

TEST_CASE("levels stay between floor and ceiling after the shift", "[samplers][unit]") {
  const Tensor sigma = draw({.density = Density::uniform, .shift = 5.0, .floor = 0.02, .ceiling = 0.98});
  CHECK(sigma.min().item<double>() == Approx(0.02).epsilon(1e-6));
  CHECK(sigma.max().item<double>() == Approx(0.98).epsilon(1e-6));
}

TEST_CASE("logit-normal levels have their median at the shifted half", "[samplers][unit]") {
  const Tensor sigma = draw({.density = Density::logit_normal, .shift = 3.0});
  CHECK(sigma.median().item<double>() == Approx(0.75).margin(0.015));
  // sigmoid(1) = 0.7311 is one deviation out: 15.9 % lie above its shift.
  CHECK((sigma > flashmotion::shift_sigma(0.731059, 3.0)).to(torch::kFloat).mean().item<double>() ==
        Approx(0.1587).margin(0.02));
}

TEST_CASE("the student's levels are drawn evenly, never the last 0", "[samplers][unit]") {
  const Tensor sigma = draw({.density = Density::student_steps, .shift = 9.0});
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(((sigma - kStudent[i]).abs() < 1e-6).to(torch::kFloat).mean().item<double>() == Approx(0.25).margin(0.03));
  }
}

}  // namespace timesteps_test
