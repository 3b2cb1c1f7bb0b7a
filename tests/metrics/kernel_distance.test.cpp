#include "flashmotion/metrics/kernel_distance.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/waves.hpp"
#include "tests/support/catch.hpp"

namespace kernel_distance_test {

using flashmotion::kernel_distance;
using flashmotion::Rng;
using flashmotion::subset_kernel_distance;

// Golden values of NumPy 2.4: with k = (x @ y.T / 12 + 1) ** 3, the sums of k(a, a) and k(b, b) less their traces over
// n (n - 1), less 2 k(a, b).mean(), for the features of waves.hpp in float64.
TEST_CASE("the kernel distance agrees with NumPy's", "[metrics][golden]") {
  CHECK(kernel_distance(waves::sines(40, 12), waves::cosines(50, 12)) == Approx(1.00217298903391).epsilon(1e-11));
  CHECK(kernel_distance(waves::sines(9, 12), waves::cosines(9, 12)) == Approx(0.770950267914539).epsilon(1e-11));
  const auto halves = waves::sines(40, 12).split(20);
  CHECK(kernel_distance(halves[0], halves[1]) == Approx(-0.44502297298065).epsilon(1e-11));
}

TEST_CASE("subsets that hold all are the whole", "[metrics][unit]") {
  Rng rng(1, "subsets");
  const auto all = subset_kernel_distance(waves::sines(9, 12), waves::cosines(9, 12), rng, {9, 3});
  CHECK(all.mean == Approx(0.770950267914539).epsilon(1e-11));
  CHECK(all.spread == Approx(0).margin(1e-12));
}

TEST_CASE("subsets have the whole's mean, and equal generators give equal figures", "[metrics][unit]") {
  const auto a = waves::sines(40, 12), b = waves::cosines(50, 12);
  Rng one(1, "subsets"), two(1, "subsets"), other(2, "subsets");
  const auto first = subset_kernel_distance(a, b, one, {20, 400}),
             second = subset_kernel_distance(a, b, two, {20, 400});
  CHECK(first.mean == second.mean);
  CHECK(first.spread == second.spread);
  CHECK(subset_kernel_distance(a, b, other, {20, 400}).mean != first.mean);
  // The estimate is unbiased: four standard errors.
  CHECK(first.mean == Approx(1.00217298903391).margin(4 * first.spread / 20));
}

TEST_CASE("equal distributions are about 0 apart, whatever their number", "[metrics][unit]") {
  for (const std::int64_t number : {20, 200}) {
    double sum = 0;
    for (std::uint64_t i = 0; i < 50; ++i) {
      Rng data(i, "features");
      sum += kernel_distance(data.normal({number, 8}), data.normal({number, 8}));
    }
    CHECK(sum / 50 == Approx(0).margin(0.05));
  }
}

TEST_CASE("kernel distances refuse what they cannot compare", "[metrics][message]") {
  Rng rng(1, "subsets");
  CHECK_THROWS_AS(kernel_distance(torch::zeros({4, 3}), torch::zeros({4, 2})), flashmotion::ShapeError);
  CHECK_THROWS_AS(kernel_distance(torch::zeros({4, 3}), torch::zeros({1, 3})), flashmotion::InputError);
  CHECK_THROWS_WITH(subset_kernel_distance(torch::zeros({4, 3}), torch::zeros({6, 3}), rng, {5, 2}),
                    Catch::Contains("2 to 4 features"));
}

}  // namespace kernel_distance_test
