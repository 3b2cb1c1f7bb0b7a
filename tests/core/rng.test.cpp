#include "flashmotion/core/rng.hpp"

#include "tests/support/catch.hpp"

namespace rng_test {

using flashmotion::Rng;

TEST_CASE("equal seed, stream and step give equal numbers", "[core][unit]") {
  Rng a(7, "noise", 3);
  Rng b(7, "noise", 3);
  CHECK(a.normal({64}).equal(b.normal({64})));
  CHECK(a.integer(0, 1000) == b.integer(0, 1000));
}

TEST_CASE("another seed, stream or step gives other numbers", "[core][unit]") {
  const auto first = Rng(7, "noise", 3).normal({64});
  CHECK_FALSE(first.equal(Rng(8, "noise", 3).normal({64})));
  CHECK_FALSE(first.equal(Rng(7, "data", 3).normal({64})));
  CHECK_FALSE(first.equal(Rng(7, "noise", 4).normal({64})));
}

TEST_CASE("the hash is pinned, so that old seeds keep their meaning", "[core][golden]") {
  CHECK(flashmotion::mix_seed(0, "", 0) != 0);
  CHECK(flashmotion::mix_seed(1, "noise", 2) == flashmotion::mix_seed(1, "noise", 2));
}

}  // namespace rng_test
