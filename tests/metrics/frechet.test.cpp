#include "flashmotion/metrics/frechet.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

namespace frechet_test {

using flashmotion::FrechetReference;
using flashmotion::Gaussian;
using flashmotion::RandomConvFeatures;
using flashmotion::Rng;

TEST_CASE("the distance of two known Gaussians is the closed form", "[metrics][unit]") {
  const auto eye = torch::eye(3, torch::kDouble);
  const Gaussian a{torch::zeros({3}, torch::kDouble), eye};
  const Gaussian b{torch::tensor({1.0, 2.0, 0.0}, torch::kDouble), 4 * eye};
  CHECK(flashmotion::frechet_distance(a, b) == Approx(5 + 3));  // |m|^2 + sum (2 - 1)^2
  CHECK(flashmotion::frechet_distance(a, a) == Approx(0).margin(1e-9));
  CHECK(flashmotion::frechet_distance(a, b) == Approx(flashmotion::frechet_distance(b, a)));
}

TEST_CASE("the distance of covariances that do not commute matches a matrix square root", "[metrics][unit]") {
  // C1 = [[2, 1], [1, 2]], C2 = diag(1, 4): tr sqrt(C1 C2) = sqrt(tr + 2 sqrt det) of the 2x2 product.
  const auto zero = torch::zeros({2}, torch::kDouble);
  const Gaussian a{zero, torch::tensor({{2.0, 1.0}, {1.0, 2.0}}, torch::kDouble)};
  const Gaussian b{zero, torch::tensor({{1.0, 0.0}, {0.0, 4.0}}, torch::kDouble)};
  const auto shared = std::sqrt(10 + 2 * std::sqrt(12.0));
  CHECK(flashmotion::frechet_distance(a, b) == Approx(4 + 5 - 2 * shared));
}

TEST_CASE("real clips are near, and blur and noise rank by their strength", "[metrics][unit][slow]") {
  const RandomConvFeatures features;
  const FrechetReference reference(features(toy_clips::draw(256, {}, 1).video), 32);
  const auto other = toy_clips::draw(128, {}, 2).video;
  Rng rng(3, "noise");
  const auto noise = rng.normal(other.sizes());
  const auto distance = [&](const torch::Tensor& video) { return reference.distance(features(video)); };
  const auto floor = distance(other);
  CAPTURE(floor);
  CHECK(floor < 5);
  const double blurred[] = {distance(toy_clips::blur(other, 3)), distance(toy_clips::blur(other, 5)),
                            distance(toy_clips::blur(other, 7))};
  const double noisy[] = {distance(other + 0.05 * noise), distance(other + 0.1 * noise), distance(other + 0.2 * noise)};
  CHECK(floor * 3 < blurred[0]);
  CHECK(blurred[0] * 1.3 < blurred[1]);
  CHECK(blurred[1] * 1.3 < blurred[2]);
  CHECK(floor < noisy[0]);
  CHECK(noisy[0] * 1.3 < noisy[1]);
  CHECK(noisy[1] * 1.3 < noisy[2]);
}

TEST_CASE("frozen motion is far from real clips", "[metrics][unit]") {
  const RandomConvFeatures features;
  const FrechetReference reference(features(toy_clips::draw(96, {}, 1).video));
  CHECK(reference.dimensions() == 32);
  const auto other = toy_clips::draw(64, {}, 2).video;
  const auto still = other.slice(2, 0, 1).expand_as(other);
  CHECK(reference.distance(features(still)) > 10 * reference.distance(features(other)));
}

TEST_CASE("features depend on the clip alone and on the seed", "[metrics][unit]") {
  const auto clips = toy_clips::draw(11).video;
  const auto all = RandomConvFeatures()(clips);
  CHECK(all.sizes() == at::IntArrayRef({11, 448}));
  CHECK((RandomConvFeatures()(clips.slice(0, 9)) - all.slice(0, 9)).abs().max().item<float>() < 1e-5F);
  CHECK((RandomConvFeatures(8)(clips) - all).abs().max().item<float>() > 0.1F);
  CHECK_THROWS_AS(RandomConvFeatures()(clips.slice(2, 0, 1)), flashmotion::ShapeError);
}

TEST_CASE("too few clips are refused, and the reference follows the number of clips", "[metrics][message]") {
  CHECK(flashmotion::frechet_dimensions(20) == 6);
  CHECK(flashmotion::frechet_dimensions(1000) == 48);
  CHECK(flashmotion::frechet_dimensions(2) == 1);
  Rng rng(1, "features");
  const FrechetReference reference(rng.normal({200, 60}));
  CHECK(reference.dimensions() == 48);
  CHECK_THROWS_WITH(reference.distance(rng.normal({48, 60})), Catch::Contains("give more clips"));
  CHECK_NOTHROW(reference.distance(rng.normal({49, 60})));
  CHECK_THROWS_AS(FrechetReference(rng.normal({2, 60})), flashmotion::InputError);
  CHECK_THROWS_AS(flashmotion::fit_gaussian(rng.normal({4, 4})), flashmotion::InputError);
}

TEST_CASE("projected reference features have unit spread on average", "[metrics][unit]") {
  Rng rng(1, "features");
  const auto real = rng.normal({200, 60}) * 7;
  const FrechetReference reference(real, 10);
  CHECK(toy_clips::mean_of(reference.project(real).std(0)) == Approx(1));
}

}  // namespace frechet_test
