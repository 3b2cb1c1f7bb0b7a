#include "flashmotion/trajectory/object_cover.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

namespace object_cover_test {

using flashmotion::object_cover;

// The same box in all frames.
at::Tensor still(double x0, double y0, double x1, double y1, std::int64_t frames) {
  return at::tensor({x0, y0, x1, y1}, at::kFloat).view({1, 1, 1, 4}).expand({1, 1, frames, 4}).contiguous();
}
const at::Tensor kValid = at::ones({1, 1}, at::kBool);

TEST_CASE("the share of a cell is the part of its area that a box covers", "[trajectory][unit]") {
  // Cells are half the picture wide and high; the box covers half of the upper left and an eighth of the upper right.
  const at::Tensor cover = object_cover(still(0.0, 0.0, 0.625, 0.25, 1), kValid, 2, 2);
  REQUIRE(cover.sizes() == at::IntArrayRef({1, 1, 1, 2, 2}));
  CHECK(at::allclose(cover.flatten(), at::tensor({0.5, 0.125, 0.0, 0.0}, at::kFloat)));
  CHECK(object_cover(still(0.0, 0.0, 1.0, 1.0, 1), kValid, 3, 5).min().item<float>() == Approx(1.0F));
  CHECK(object_cover(still(0.0, 0.0, 1.0, 1.0, 1), kValid.logical_not(), 3, 5).max().item<float>() == 0.0F);
}

TEST_CASE("a later latent frame is the mean of its group of four", "[trajectory][unit]") {
  at::Tensor boxes = still(0.0, 0.0, 1.0, 1.0, 9);
  boxes.select(2, 0).zero_();
  boxes.select(2, 3).zero_();  // one of the first group
  const at::Tensor cover = object_cover(boxes, kValid, 1, 1);
  CHECK(at::allclose(cover.flatten(), at::tensor({0.0, 0.75, 1.0}, at::kFloat)));
  CHECK_THROWS_AS(object_cover(still(0, 0, 1, 1, 8), kValid, 1, 1), flashmotion::InputError);
}

TEST_CASE("where objects lie one on another the larger share counts", "[trajectory][unit]") {
  const at::Tensor boxes = at::cat({still(0.0, 0.0, 0.5, 1.0, 1), still(0.0, 0.0, 0.75, 1.0, 1)}, 1);
  const at::Tensor cover = object_cover(boxes, at::ones({1, 2}, at::kBool), 1, 1);
  CHECK(cover.item<float>() == Approx(0.75F));
}

}  // namespace object_cover_test
