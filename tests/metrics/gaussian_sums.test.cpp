#include "flashmotion/metrics/gaussian_sums.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/waves.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/on_threads.hpp"

#include <limits>
#include <utility>

namespace gaussian_sums_test {

using flashmotion::GaussianSums;

GaussianSums sums_of(const torch::Tensor& features, std::int64_t part) {
  GaussianSums sums;
  for (const auto& rows : features.split(part)) sums.add(rows);
  return sums;
}

TEST_CASE("features in parts give the mean and covariance of all", "[metrics][unit]") {
  const auto features = waves::sines(40, 12);
  const auto whole = flashmotion::fit_gaussian(features);
  for (const std::int64_t part : {1, 7, 40}) {
    const auto sums = sums_of(features, part);
    CHECK(sums.count() == 40);
    CHECK(sums.dimensions() == 12);
    CHECK(sums.rank() == 12);
    CHECK((sums.gaussian().mean - whole.mean).abs().max().item<double>() < 1e-13);
    CHECK((sums.gaussian().covariance - whole.covariance).abs().max().item<double>() < 1e-13);
  }
}

TEST_CASE("many dimensions are summed in strips, and the covariance is whole", "[metrics][unit]") {
  const auto features = waves::sines(90, 601);  // three strips and a piece of 25
  const auto covariance = sums_of(features, 40).gaussian().covariance;
  CHECK(covariance.equal(covariance.t()));
  const auto whole = torch::cov(features.to(torch::kDouble).t());
  CHECK((covariance - whole).abs().max().item<double>() < 1e-13);
}

TEST_CASE("more features than are taken at once are summed, and can be asked for in between", "[metrics][unit]") {
  const auto features = waves::sines(2500, 7);
  flashmotion::GaussianSums sums;
  sums.add(features.slice(0, 0, 1500));
  const auto early = sums.gaussian();
  CHECK((early.covariance - torch::cov(features.slice(0, 0, 1500).to(torch::kDouble).t())).abs().max().item<double>() <
        1e-13);
  sums.add(features.slice(0, 1500, 2048));  // to the brim
  sums.add(features.slice(0, 2048));
  const auto found = sums.gaussian();
  CHECK(sums.count() == 2500);
  CHECK((found.mean - features.to(torch::kDouble).mean(0)).abs().max().item<double>() < 1e-13);
  CHECK((found.covariance - torch::cov(features.to(torch::kDouble).t())).abs().max().item<double>() < 1e-13);
}

TEST_CASE("a large mean costs the covariance no digits", "[metrics][unit]") {
  const auto features = waves::sines(40, 12);
  const auto far = sums_of(features + 1e6, 8).gaussian();
  CHECK((far.covariance - flashmotion::fit_gaussian(features).covariance).abs().max().item<double>() < 1e-8);
}

TEST_CASE("many features of many dimensions have the covariance of all at once", "[metrics][unit]") {
  // Strips of both widths with a rest, and products that are summed never, once, and with none and some waiting.
  for (const auto& [number, width] : {std::pair{150, 100}, {1024, 100}, {1500, 97}, {2048, 100}, {1100, 1030}}) {
    CAPTURE(number, width);
    const auto features = waves::sines(number, width).to(torch::kFloat) + 3;
    const auto whole = flashmotion::fit_gaussian(features.to(torch::kDouble));
    for (const auto& given : {features, features.t().contiguous().t()}) {
      const auto sums = sums_of(given, 128).gaussian();
      CHECK((sums.mean - whole.mean).abs().max().item<double>() < 1e-12);
      CHECK((sums.covariance - whole.covariance).abs().max().item<double>() < 1e-12);
      CHECK(torch::equal(sums.covariance, sums.covariance.t()));
    }
  }
}

TEST_CASE("features on one thread have the same covariance as on two", "[metrics][law]") {
  const auto features = waves::sines(1500, 400).to(torch::kFloat);
  const auto summed = [&] { return sums_of(features, 128).gaussian(); };
  const auto one = on_threads(1, summed), two = on_threads(2, summed);
  CHECK(one.mean.equal(two.mean));
  CHECK(one.covariance.equal(two.covariance));
}

TEST_CASE("features of several types in a row lose nothing", "[metrics][unit]") {
  const auto features = waves::sines(60, 12);
  GaussianSums sums;
  sums.add(features.slice(0, 0, 20).to(torch::kFloat));
  sums.add(features.slice(0, 20, 40));
  sums.add(features.slice(0, 40).to(torch::kHalf));
  const auto rounded =
      torch::cat({features.slice(0, 0, 20).to(torch::kFloat).to(torch::kDouble), features.slice(0, 20, 40),
                  features.slice(0, 40).to(torch::kHalf).to(torch::kDouble)});
  const auto whole = flashmotion::fit_gaussian(rounded);
  CHECK((sums.gaussian().mean - whole.mean).abs().max().item<double>() < 1e-13);
  CHECK((sums.gaussian().covariance - whole.covariance).abs().max().item<double>() < 1e-13);
}

TEST_CASE("the rank is that of the directions in which features spread", "[metrics][unit]") {
  CHECK(sums_of(waves::sines(8, 12), 3).rank() == 7);
  CHECK(sums_of(waves::sines(40, 12).slice(1, 0, 3).repeat({1, 4}), 10).rank() == 3);
  CHECK(sums_of(torch::ones({5, 4}), 2).rank() == 0);
}

// Golden values of NumPy 2.4 and SciPy 1.17: d.dot(d) + trace(C1) + trace(C2) - 2 trace(sqrtm(C1 @ C2).real) with
// d the difference of the means, C = numpy.cov(features, rowvar=False) and the features of waves.hpp in float64.
TEST_CASE("Fréchet distances agree with SciPy's, full rank and less", "[metrics][golden]") {
  const auto distance = [](std::int64_t n, std::int64_t m) {
    const auto a = sums_of(waves::sines(n, 12), 5), b = sums_of(waves::cosines(m, 12), 5);
    return flashmotion::frechet_distance(a.gaussian(), b.gaussian());
  };
  CHECK(distance(40, 50) == Approx(5.17962582019176).epsilon(1e-10));
  // Of singular products sqrtm itself is good to about 1e-8.
  CHECK(distance(8, 50) == Approx(7.11826866629897).epsilon(1e-7));
  CHECK(distance(8, 7) == Approx(9.61633413673968).epsilon(1e-7));
}

TEST_CASE("sums refuse what they cannot add", "[metrics][message]") {
  GaussianSums sums;
  CHECK(sums.dimensions() == 0);
  CHECK_THROWS_WITH(sums.gaussian(), Catch::Contains("0 features; give 2 or more"));
  sums.add(torch::zeros({0, 4}));
  sums.add(torch::zeros({1, 4}));
  CHECK_THROWS_AS(sums.rank(), flashmotion::InputError);
  CHECK_THROWS_AS(sums.add(torch::zeros({1, 5})), flashmotion::ShapeError);
  CHECK_THROWS_AS(sums.add(torch::zeros({4})), flashmotion::ShapeError);
  CHECK_THROWS_AS(sums.add(torch::full({1, 4}, std::numeric_limits<float>::quiet_NaN())), flashmotion::InputError);
  CHECK(sums.count() == 1);
}

TEST_CASE("features without dimensions have an empty covariance", "[metrics][unit]") {
  for (const std::int64_t number : {3, 1500}) {
    const auto gaussian = sums_of(torch::zeros({number, 0}), 128).gaussian();
    CHECK(gaussian.mean.sizes() == at::IntArrayRef({0}));
    CHECK(gaussian.covariance.sizes() == at::IntArrayRef({0, 0}));
  }
}

}  // namespace gaussian_sums_test
