#include "flashmotion/trajectory/control_maps.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/trajectory/fill.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace control_maps_test {

using flashmotion::ControlKind;
using flashmotion::Fill;

at::Tensor box(double x0, double y0, double x1, double y1) { return at::tensor({x0, y0, x1, y1}, at::kFloat); }

TEST_CASE("a pixel is filled when its centre lies inside the half-open box", "[trajectory][unit]") {
  // 4x4 pixels, centres at 0.125, 0.375, 0.625, 0.875.
  const at::Tensor mask = flashmotion::box_masks(box(0.125, 0.2, 0.625, 0.7), 4, 4);
  REQUIRE(mask.sizes() == at::IntArrayRef({4, 4}));
  CHECK(mask.any(0).equal(at::tensor({1, 1, 0, 0}).to(at::kBool)));
  CHECK(mask.any(1).equal(at::tensor({0, 1, 1, 0}).to(at::kBool)));
  CHECK(flashmotion::box_masks(box(-1, -1, 2, 2), 3, 5).all().item<bool>());
  CHECK_FALSE(flashmotion::box_masks(box(0.5, 0.5, 0.5, 0.9), 8, 8).any().item<bool>());
  CHECK_THROWS_AS(flashmotion::box_masks(at::zeros({3}), 4, 4), flashmotion::ShapeError);
}

TEST_CASE("objects are filled in their colours on black, later ones on top", "[trajectory][unit]") {
  const at::Tensor boxes = at::stack({box(0, 0, 1, 0.5), box(0.5, 0, 1, 1), box(0, 0, 1, 1)}).reshape({1, 3, 1, 4});
  const at::Tensor valid = at::tensor({1, 1, 0}).to(at::kBool).reshape({1, 3});
  const at::Tensor colours = at::tensor({1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0}, at::kFloat).reshape({1, 3, 3});
  const at::Tensor map = flashmotion::draw_control_maps(boxes, valid, colours, 2, 2);
  REQUIRE(map.sizes() == at::IntArrayRef({1, 3, 1, 2, 2}));
  const at::Tensor first = map.select(0, 0).select(1, 0);
  CHECK(first.select(0, 0).flatten().equal(at::tensor({1.0, -1.0, -1.0, -1.0}, at::kFloat)));   // red: upper left
  CHECK(first.select(0, 1).flatten().equal(at::tensor({-1.0, 1.0, -1.0, 1.0}, at::kFloat)));    // green: the right
  CHECK(first.select(0, 2).flatten().equal(at::tensor({-1.0, -1.0, -1.0, -1.0}, at::kFloat)));  // blue is not valid
  CHECK_THROWS_AS(flashmotion::draw_control_maps(boxes, valid.narrow(1, 0, 2), colours, 2, 2), flashmotion::ShapeError);
}

TEST_CASE("a batch gives boxes or visible masks, the first frame too", "[trajectory][unit]") {
  flashmotion::ClipBatch clips;
  clips.video = at::zeros({2, 3, 5, 8, 8});
  clips.masks = flashmotion::Rng(1, "masks").uniform({2, 2, 5, 8, 8}).gt(0.7);
  clips.boxes = at::tensor({0.0, 0.0, 0.5, 0.5}, at::kFloat).expand({2, 2, 5, 4}).contiguous();
  clips.valid = at::tensor({1, 1, 1, 0}).to(at::kBool).reshape({2, 2});
  clips.colours = at::ones({2, 2, 3});
  const at::Tensor by_box = Fill().encode(flashmotion::trajectory_request(clips, ControlKind::box));
  CHECK(by_box.gt(0).sum().item<int>() == 2 * 3 * 5 * 16);
  CHECK(by_box.select(2, 0).gt(0).sum().item<int>() == 2 * 3 * 16);
  const at::Tensor by_mask = Fill().encode(flashmotion::trajectory_request(clips, ControlKind::mask));
  const at::Tensor expected = clips.masks.logical_and(clips.valid.reshape({2, 2, 1, 1, 1})).any(1);
  CHECK(by_mask.select(1, 1).gt(0).equal(expected));
}

}  // namespace control_maps_test
