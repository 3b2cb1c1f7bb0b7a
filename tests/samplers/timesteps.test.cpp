#include "flashmotion/samplers/timesteps.hpp"

#include "tests/support/compare.hpp"

#include <torch/torch.h>

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

TEST_CASE("the student's levels cannot be drawn where there are none", "[samplers][message]") {
  Rng rng(3, "sigma");
  CHECK_THROWS_WITH(draw_sigma({.density = Density::student_steps}, 2, {}, rng),
                    "the density 'student_steps' has no few-step levels here; use another");
}

TEST_CASE("the full range is every level of the shifted table, each as likely", "[samplers][unit]") {
  // Shift 5 makes 5 u / (1 + 4 u) of u = k / 1000, k from 1 to 1000: its inverse must be whole thousandths.
  const Tensor sigma = draw({.density = Density::full_range, .shift = 5.0}, 20000);
  CHECK(sigma.scalar_type() == torch::kFloat);
  const Tensor s = sigma.to(torch::kDouble);
  const Tensor place = s / (5.0 - 4.0 * s) * 1000.0;
  CHECK((place - place.round()).abs().max().item<double>() < 1e-3);
  CHECK(place.min().item<double>() == Approx(1.0).margin(0.5));
  CHECK(sigma.max().item<double>() == 1.0);
  // Even over the table: a tenth of the draws in each tenth of it.
  for (int tenth = 0; tenth < 10; ++tenth) {
    const Tensor inside = (place.round() > 100.0 * tenth).logical_and(place.round() <= 100.0 * (tenth + 1));
    CHECK(inside.to(torch::kDouble).mean().item<double>() == Approx(0.1).margin(0.01));
  }
  CHECK(std::get<0>(torch::_unique(sigma)).size(0) == 1000);
}

TEST_CASE("the full range keeps to floor and ceiling and takes no notice of low and high", "[samplers][unit]") {
  const Tensor sigma =
      draw({.density = Density::full_range, .shift = 1.0, .low = 0.4, .high = 0.5, .floor = 0.02, .ceiling = 0.98});
  CHECK(sigma.min().item<double>() == Approx(0.02).epsilon(1e-5));
  CHECK(sigma.max().item<double>() == Approx(0.98).epsilon(1e-5));
  CHECK(sigma.mean().item<double>() == Approx(0.5).margin(0.02));
}

}  // namespace timesteps_test
