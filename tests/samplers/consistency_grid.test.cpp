#include "flashmotion/samplers/consistency_grid.hpp"

#include "tests/support/compare.hpp"

#include <torch/torch.h>

namespace consistency_grid_test {

using compare::close_to;
using flashmotion::consistency_levels;
using flashmotion::ConsistencyLevels;
using flashmotion::Tensor;

TEST_CASE("a pair of levels lies on the grid, so many of its steps apart", "[samplers][golden]") {
  // Ten even steps, no shift: 0.52 and 0.58 go to 0.5 and 0.6; what lies below the third step is raised to it.
  const ConsistencyLevels even =
      consistency_levels(torch::tensor({0.52F, 0.58F, 1.0F, 0.01F}), {.levels = 10, .skip = 3}, 1.0);
  CHECK_THAT(even.from, close_to(torch::tensor({0.5F, 0.6F, 1.0F, 0.3F})));
  CHECK_THAT(even.to, close_to(torch::tensor({0.2F, 0.3F, 0.7F, 0.0F})));
  CHECK(even.from.scalar_type() == torch::kFloat);
}

TEST_CASE("the grid is even before the shift", "[samplers][golden]") {
  // Shift 3 makes 3 s / (1 + 2 s): of 1/4, 1/2, 3/4 and 1 it makes 1/2, 3/4, 9/10 and 1.
  const ConsistencyLevels pair =
      consistency_levels(torch::tensor({1.0F, 0.9F, 0.75F, 0.5F}), {.levels = 4, .skip = 1}, 3.0);
  CHECK_THAT(pair.from, close_to(torch::tensor({1.0F, 0.9F, 0.75F, 0.5F})));
  CHECK_THAT(pair.to, close_to(torch::tensor({0.9F, 0.75F, 0.5F, 0.0F})));
}

}  // namespace consistency_grid_test
