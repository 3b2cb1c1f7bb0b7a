#include "tests/support/compare.hpp"

#include <limits>

namespace compare_test {

using compare::close_to;
using compare::equal_to;

TEST_CASE("the matcher tells what differs", "[support][unit]") {
  const auto want = torch::zeros({2, 3});
  auto have = want.clone();
  CHECK_THAT(have, equal_to(want));
  have[1][2] = 1e-6;
  CHECK_THAT(have, close_to(want));
  CHECK_FALSE(equal_to(want).match(have));
  have[1][0] = 0.5;
  auto matcher = close_to(want);
  CHECK_FALSE(matcher.match(have));
  CHECK(matcher.describe() ==
        "is not close: 1 of 6 values; worst at [1, 0]: 0.5, expected 0 (within 1e-05 + 1e-05 relative); Float [2, 3]");
  CHECK_FALSE(close_to(want).match(torch::zeros({3, 2})));
  CHECK_FALSE(close_to(want).match(torch::zeros({2, 3}, torch::kFloat64)));
  CHECK_FALSE(close_to(want).match(at::Tensor()));
  have[1][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(close_to(want).match(have));
}

}  // namespace compare_test
