#include "flashmotion/metrics/islands.hpp"

#include "tests/support/catch.hpp"

#include <torch/torch.h>

namespace islands_test {

using flashmotion::without_islands;

TEST_CASE("small pieces of a mask go, large ones stay", "[metrics][unit]") {
  auto masks = torch::zeros({2, 20, 30}, torch::kBool);
  masks[0].slice(0, 2, 12).slice(1, 2, 12).fill_(true);    // 100 pixels
  masks[0].slice(0, 15, 18).slice(1, 20, 24).fill_(true);  // 12
  auto expected = masks.clone();
  masks[0].slice(0, 0, 1).slice(1, 20, 29).fill_(true);  // 9: below a tenth
  masks[0][19][0] = true;
  masks[1][5][5] = true;  // the largest of its own mask
  expected[1][5][5] = true;
  CHECK(without_islands(masks, 0.1).equal(expected));
  CHECK(without_islands(masks, 0).equal(masks));
  CHECK(without_islands(torch::zeros({1, 4, 4}, torch::kBool), 0.5).sum().item<std::int64_t>() == 0);
}

TEST_CASE("pixels that touch at a corner are of one piece", "[metrics][unit]") {
  auto masks = torch::zeros({1, 8, 8}, torch::kBool);
  for (std::int64_t i = 0; i < 8; ++i) masks[0][i][i] = true;
  CHECK(without_islands(masks, 0.9).equal(masks));
}

}  // namespace islands_test
