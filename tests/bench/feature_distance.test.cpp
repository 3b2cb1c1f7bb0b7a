#include "flashmotion/bench/feature_distance.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "flashmotion/metrics/gaussian_sums.hpp"
#include "flashmotion/metrics/kernel_distance.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <vector>

namespace feature_distance_test {

using flashmotion::CaseFeatures;
using flashmotion::Rng;

// Cases with two generated features and one real one each; those of generated clips are moved by `offset`.
std::vector<CaseFeatures> cases(std::int64_t count, std::int64_t dimensions, double offset, std::uint64_t seed = 1) {
  Rng rng(seed, "features");
  std::vector<CaseFeatures> all;
  for (std::int64_t i = 0; i < count; ++i) {
    const torch::Tensor real = rng.normal({1, dimensions});
    all.push_back({torch::cat({real, real}) + 0.1 * rng.normal({2, dimensions}) + offset, real});
  }
  return all;
}

torch::Tensor all_of(const std::vector<CaseFeatures>& cases, torch::Tensor CaseFeatures::*side) {
  std::vector<torch::Tensor> rows;
  for (const CaseFeatures& one : cases) rows.push_back(one.*side);
  return torch::cat(rows);
}

TEST_CASE("a Fréchet distance is that of all features, in however many dimensions", "[bench][unit]") {
  for (const std::int64_t dimensions : {4, 60}) {  // fewer and more than features
    const auto some = cases(12, dimensions, 0.5);
    flashmotion::GaussianSums generated, reference;
    generated.add(all_of(some, &CaseFeatures::generated));
    reference.add(all_of(some, &CaseFeatures::reference));
    Rng rng(0, "test");
    const auto found = flashmotion::frechet_of(some, rng);
    CHECK(found.value ==
          Approx(flashmotion::frechet_distance(generated.gaussian(), reference.gaussian())).epsilon(1e-6));
    CHECK(found.value == Approx(flashmotion::frechet_value(some)).epsilon(1e-12));
    CHECK(found.features == 24);
    CHECK(found.dimensions == dimensions);
    CHECK(found.rank == std::min<std::int64_t>(dimensions, 23));
    REQUIRE(found.interval);
    CHECK(found.interval->low < found.value);
    CHECK(found.interval->high > found.value);
  }
}

TEST_CASE("equal clips have a distance of nothing, and a larger offset a larger one", "[bench][law]") {
  auto same = cases(10, 6, 0);
  for (CaseFeatures& one : same) one.generated = one.reference;
  CHECK(flashmotion::frechet_value(same) < 1e-6);
  CHECK(flashmotion::frechet_value(same) >= 0);
  CHECK(flashmotion::frechet_value(cases(10, 6, 1)) > flashmotion::frechet_value(cases(10, 6, 0.3)));
  Rng rng(0, "test");
  CHECK(flashmotion::kernel_value(cases(10, 6, 1), rng) > flashmotion::kernel_value(cases(10, 6, 0.3), rng));
}

TEST_CASE("a kernel distance is that of all features", "[bench][unit]") {
  const auto some = cases(9, 5, 0.4);
  Rng rng(0, "test");
  const auto found = flashmotion::kernel_of(some, rng);
  CHECK(found.value == Approx(flashmotion::kernel_distance(all_of(some, &CaseFeatures::generated),
                                                           all_of(some, &CaseFeatures::reference)))
                           .epsilon(1e-9));
  REQUIRE(found.interval);
  CHECK(found.interval->low < found.interval->high);
}

TEST_CASE("paired distances tell a nearer set, and not two draws of one", "[bench][unit]") {
  const auto near = cases(30, 4, 0.1), far = cases(30, 4, 0.8), other = cases(30, 4, 0.1);
  Rng rng(0, "test"), again(0, "test");
  const auto gain = flashmotion::frechet_difference(far, near, rng);
  REQUIRE(gain);
  CHECK(gain->low > 0);  // the second is nearer
  CHECK(flashmotion::frechet_difference(far, near, again)->low == gain->low);
  const auto none = flashmotion::frechet_difference(other, near, rng);
  REQUIRE(none);
  CHECK(none->low <= 0);
  CHECK(none->high >= 0);
  const auto kernel = flashmotion::kernel_difference(far, near, rng);
  REQUIRE(kernel);
  CHECK(kernel->low > 0);
}

TEST_CASE("one feature has no distribution", "[bench][message]") {
  std::vector<CaseFeatures> one{{torch::zeros({1, 3}), torch::zeros({1, 3})}};
  Rng rng(0, "test");
  CHECK_THROWS_WITH(flashmotion::frechet_of(one, rng), Catch::Contains("give 2 clips or more"));
  CHECK_FALSE(flashmotion::frechet_difference(one, one, rng));
}

}  // namespace feature_distance_test
