#include "flashmotion/metrics/bootstrap.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace bootstrap_test {

using flashmotion::Rng;

TEST_CASE("the interval of a mean difference is near the normal one", "[metrics][unit]") {
  Rng data(1, "data"), rng(2, "bootstrap");
  const auto b = data.normal({400});
  const auto a = b + 0.3 + data.normal({400});
  const auto interval = flashmotion::paired_bootstrap(a, b, rng);
  const auto difference = (a - b).to(torch::kDouble);
  const auto half = 1.96 * (difference.std() / 20).item<double>();
  CHECK(interval.estimate == Approx(difference.mean().item<double>()));
  CHECK(interval.low == Approx(interval.estimate - half).margin(0.1 * half));
  CHECK(interval.high == Approx(interval.estimate + half).margin(0.1 * half));
}

TEST_CASE("about 95 of 100 intervals hold the true difference", "[metrics][unit]") {
  int held = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    Rng data(i, "data"), rng(i, "bootstrap");
    const auto interval = flashmotion::paired_bootstrap(data.normal({80}) + 0.5, data.normal({80}), rng, 1000);
    held += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  CHECK(held >= 180);
  CHECK(held <= 199);
}

TEST_CASE("equal generators give equal intervals, equal figures none", "[metrics][unit]") {
  Rng one(2, "bootstrap"), two(2, "bootstrap"), data(1, "data");
  const auto a = data.normal({50}), b = data.normal({50});
  const auto x = flashmotion::paired_bootstrap(a, b, one), y = flashmotion::paired_bootstrap(a, b, two);
  CHECK(x.low == y.low);
  CHECK(x.high == y.high);
  const auto none = flashmotion::paired_bootstrap(a, a, one);
  CHECK(none.low == 0);
  CHECK(none.high == 0);
}

TEST_CASE("the Fréchet interval holds the difference and its sign", "[metrics][unit]") {
  Rng data(1, "data"), rng(2, "bootstrap");
  const flashmotion::FrechetReference reference(data.normal({300, 8}), 4);
  const auto near = data.normal({100, 8}), far = near + 1.0;
  const auto interval = flashmotion::frechet_bootstrap(reference, far, near, rng, 200);
  CHECK(interval.estimate == Approx(reference.distance(far) - reference.distance(near)));
  CHECK(interval.low > 0);
  CHECK(interval.low < interval.estimate);
  CHECK(interval.high > interval.estimate);
  const auto same = flashmotion::frechet_bootstrap(reference, near, near, rng, 40);
  CHECK(same.low == Approx(0).margin(1e-12));
}

TEST_CASE("bootstraps refuse what they cannot resample", "[metrics][message]") {
  Rng rng(1, "bootstrap");
  CHECK_THROWS_AS(flashmotion::paired_bootstrap(torch::zeros({3}), torch::zeros({4}), rng), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::paired_bootstrap(torch::zeros({1}), torch::zeros({1}), rng), flashmotion::InputError);
  const flashmotion::FrechetReference reference(rng.normal({60, 30}), 20);
  const auto few = rng.normal({40, 30});
  CHECK_THROWS_WITH(flashmotion::frechet_bootstrap(reference, few, few, rng), Catch::Contains("at most 13"));
}

}  // namespace bootstrap_test
