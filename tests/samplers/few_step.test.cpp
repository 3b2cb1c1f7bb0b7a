#include "flashmotion/samplers/few_step.hpp"
#include "flashmotion/core/any/any_sampler.hpp"
#include "flashmotion/samplers/euler.hpp"
#include "flashmotion/samplers/flow_path.hpp"
#include "flashmotion/samplers/sigma_schedule.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/laws.hpp"

#include <vector>

namespace few_step_test {

using compare::close_to;
using compare::equal_to;
using flashmotion::Euler;
using flashmotion::FewStep;
using flashmotion::Rng;
using flashmotion::Tensor;

void check_levels(std::span<const double> have, const std::vector<double>& want) {
  REQUIRE(have.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(have[i] * 1000 == Approx(want[i]).margin(1e-4));
}

TEST_CASE("warped four-step levels are those of the distilled Wan models", "[samplers][golden]") {
  check_levels(FewStep({.steps = 4, .shift = 5.0}).sigmas(), {1000, 937.5, 833.3333, 625, 0});
  check_levels(FewStep({.steps = 4, .shift = 8.0}).sigmas(), {1000, 960, 888.8889, 727.2727, 0});
  check_levels(FewStep({.steps = 4, .shift = 3.0}).sigmas(), {1000, 900, 750, 500, 0});
  check_levels(FewStep({.steps = 4, .shift = 5.0, .warp = false}).sigmas(), {1000, 750, 500, 250, 0});
  check_levels(Euler({.steps = 4, .shift = 5.0}).sigmas(), {1000, 937.5, 833.3333, 625, 0});
}

TEST_CASE("a list of steps is warped or taken as it is", "[samplers][golden]") {
  const std::vector<std::int64_t> list{1000, 750, 500, 250};
  check_levels(FewStep({.step_list = list}).sigmas(), {1000, 937.5, 833.3333, 625, 0});
  check_levels(FewStep({.step_list = {1000, 750, 500, 250, 0}}).sigmas(), {1000, 937.5, 833.3333, 625, 0});
  check_levels(FewStep({.step_list = list, .warp = false}).sigmas(), {1000, 750, 500, 250, 0});
  CHECK_THROWS_AS(FewStep({.step_list = {750, 750}}), flashmotion::InputError);
  CHECK_THROWS_AS(FewStep({.step_list = {0}}), flashmotion::InputError);
}

TEST_CASE("the published inference of the distilled Wan 2.2 model can be said", "[samplers][golden]") {
  const FewStep turbo({.step_list = {1000, 750, 500, 250},
                       .shift = 8.0,
                       .warp = false,
                       .from_table = true,
                       .timesteps = flashmotion::TimestepRounding::bfloat16});
  check_levels(turbo.sigmas(), {1000, 750.25767, 499.71864, 250.00003, 0});
  check_levels(turbo.network_sigmas(), {1000, 752, 500, 250, 0});
  laws::check_sampler(turbo);
}

TEST_CASE("the shift keeps the ends and is the same for numbers and tensors", "[samplers][unit]") {
  CHECK(flashmotion::shift_sigma(0.0, 5.0) == 0.0);
  CHECK(flashmotion::shift_sigma(1.0, 5.0) == 1.0);
  CHECK(flashmotion::shift_sigma(0.3, 1.0) == Approx(0.3));
  CHECK_THAT(flashmotion::shift_sigma(torch::tensor({0.25F, 0.5F, 1.0F}), 3.0),
             close_to(torch::tensor({0.5F, 0.75F, 1.0F})));
}

TEST_CASE("the samplers keep their laws", "[samplers][law]") {
  laws::check_sampler(Euler({.steps = 50, .shift = 5.0}));
  laws::check_sampler(Euler({.steps = 1, .shift = 1.0}));
  laws::check_sampler(FewStep({.steps = 4, .shift = 5.0}));
  laws::check_sampler(FewStep({.steps = 1, .shift = 5.0}));
  laws::check_sampler(flashmotion::AnySampler(FewStep({.steps = 3, .shift = 3.0})));
}

TEST_CASE("an Euler step goes along the velocity by the difference of the levels", "[samplers][unit]") {
  const Euler euler({.steps = 2, .shift = 3.0});  // 1, 0.75, 0
  flashmotion::SamplerState state;
  Rng rng(1, "x");
  CHECK_THAT(euler.step(torch::ones({1, 1, 1, 1, 2}), torch::full({1, 1, 1, 1, 2}, 2.0), 0, state, rng),
             close_to(torch::full({1, 1, 1, 1, 2}, 0.5)));
}

TEST_CASE("a few-step sampler noises its estimate afresh to the next level", "[samplers][unit]") {
  const FewStep sampler({.steps = 4, .shift = 5.0});
  flashmotion::SamplerState state;
  const Tensor x = Rng(1, "x").normal({2, 3, 2, 4, 4});
  const Tensor velocity = Rng(1, "velocity").normal(x.sizes());
  Rng rng(2, "noise");
  Rng same(2, "noise");
  const Tensor estimate = x - velocity * 0.9375;
  const Tensor next = sampler.step(x, velocity, 1, state, rng);
  CHECK_THAT(next, close_to(estimate * (1 - 5.0 / 6) + same.normal(x.sizes()) * (5.0 / 6)));
  CHECK_FALSE(sampler.step(x, velocity, 1, state, rng).equal(next));
  CHECK_THAT(sampler.step(x, velocity, 3, state, rng), close_to(x - velocity * 0.625));
}

TEST_CASE("the straight path keeps its laws", "[samplers][law]") { laws::check_noise_path(flashmotion::FlowPath{}); }

TEST_CASE("velocity, clean latent and noise lead to one another", "[samplers][unit]") {
  const flashmotion::FlowPath path;
  const Tensor clean = Rng(1, "clean").normal({2, 3, 2, 4, 4});
  const Tensor noise = Rng(1, "noise").normal(clean.sizes());
  const Tensor sigma = torch::tensor({0.3F, 0.9F});
  const Tensor noisy = path.diffuse(clean, noise, sigma);
  const Tensor velocity = path.target(clean, noise);
  CHECK_THAT(path.to_noise(noisy, velocity, sigma), close_to(noise));
  CHECK_THAT(path.to_velocity(noisy, clean, sigma), close_to(velocity));
}

TEST_CASE("the path's target is noise less data", "[samplers][unit]") {
  const flashmotion::FlowPath path;
  const Tensor clean = torch::full({1, 1, 2, 1, 1}, 3.0);
  const Tensor noise = torch::full({1, 1, 2, 1, 1}, 5.0);
  CHECK_THAT(path.target(clean, noise), equal_to(torch::full({1, 1, 2, 1, 1}, 2.0)));
  CHECK_THAT(path.diffuse(clean, noise, torch::tensor({0.0F, 0.5F}).view({1, 2})).flatten(),
             close_to(torch::tensor({3.0F, 4.0F})));
}

TEST_CASE("a given picture makes frame 0 clean", "[samplers][unit]") {
  const Tensor latent = Rng(1, "x").normal({2, 3, 3, 4, 4});
  const Tensor sigma = torch::tensor({0.5F, 0.7F});
  flashmotion::ImageContext image;
  CHECK_THAT(flashmotion::frame_sigma(sigma, 3, image), equal_to(sigma.unsqueeze(1).expand({2, 3})));
  CHECK_THAT(flashmotion::with_first_frame(latent, image), equal_to(latent));
  image.first_frame = torch::ones({2, 3, 1, 4, 4});
  CHECK_THAT(flashmotion::frame_sigma(sigma, 3, image),
             equal_to(torch::tensor({0.0F, 0.5F, 0.5F, 0.0F, 0.7F, 0.7F}).view({2, 3})));
  const Tensor with = flashmotion::with_first_frame(latent, image);
  CHECK_THAT(with.narrow(2, 0, 1), equal_to(image.first_frame));
  CHECK_THAT(with.narrow(2, 1, 2), equal_to(latent.narrow(2, 1, 2)));
}

}  // namespace few_step_test
