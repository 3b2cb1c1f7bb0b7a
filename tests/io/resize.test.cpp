#include "flashmotion/io/resize.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

namespace resize_test {

TEST_CASE("a flat picture stays flat under every filter", "[io][law]") {
  for (const auto resize : {flashmotion::resize_bilinear, flashmotion::resize_area, flashmotion::resize_nearest}) {
    const at::Tensor result = resize(at::full({3, 2, 9, 7}, 0.25), 4, 10);
    CHECK(result.sizes() == at::IntArrayRef({3, 2, 4, 10}));
    CHECK(result.sub(0.25).abs().max().item<float>() < 1e-6F);
    CHECK(resize(at::full({3, 9, 7}, 200, at::kByte), 4, 4).equal(at::full({3, 4, 4}, 200, at::kByte)));
  }
}

TEST_CASE("the area filter takes means, the bilinear filter shrinks without aliasing", "[io][unit]") {
  const at::Tensor x = flashmotion::Rng(1, "resize").uniform({3, 8, 8});
  CHECK(flashmotion::resize_area(x, 4, 4).allclose(x.reshape({3, 4, 2, 4, 2}).mean({2, 4}), 0, 1e-6));
  // Stripes of one pixel vanish when the picture is halved.
  const at::Tensor stripes = at::arange(32).remainder(2).to(at::kFloat).expand({1, 32, 32});
  const at::Tensor small = flashmotion::resize_bilinear(stripes, 8, 8).narrow(2, 1, 6);
  CHECK(small.sub(0.5).abs().max().item<float>() < 0.05F);
}

TEST_CASE("nearest takes the pixel below each centre and keeps the type", "[io][unit]") {
  const at::Tensor labels = at::arange(4).to(at::kByte).reshape({1, 4});
  CHECK(flashmotion::resize_nearest(labels, 1, 8).flatten().equal(at::tensor({0, 0, 1, 1, 2, 2, 3, 3}).to(at::kByte)));
  CHECK(flashmotion::resize_nearest(labels, 1, 2).flatten().equal(at::tensor({1, 3}).to(at::kByte)));
  CHECK(flashmotion::resize_nearest(labels.gt(1), 2, 4).scalar_type() == at::kBool);
}

TEST_CASE("an impossible size is refused", "[io][message]") {
  CHECK_THROWS_AS(flashmotion::resize_bilinear(at::zeros({3, 4, 4}), 0, 4), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::resize_nearest(at::zeros({4}), 2, 4), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::resize_area(at::zeros({3, 0, 4}), 2, 4), flashmotion::ShapeError);
}

}  // namespace resize_test
