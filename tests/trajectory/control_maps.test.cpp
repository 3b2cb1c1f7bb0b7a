#include "flashmotion/trajectory/control_maps.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/trajectory/fill.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/on_threads.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <utility>

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

// The maps by LibTorch's operators, an object after the other over all pixels.
at::Tensor by_operators(const at::Tensor& masks, const at::Tensor& valid, const at::Tensor& colours) {
  const at::Tensor seen = masks.logical_and(valid.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1));
  const at::Tensor paints = colours.to(at::kFloat).mul(2.0).sub(1.0);
  at::Tensor maps = at::full({masks.size(0), 3, masks.size(2), masks.size(3), masks.size(4)}, -1.0, paints.options());
  for (std::int64_t k = 0; k < masks.size(1); ++k)
    maps = at::where(seen.select(1, k).unsqueeze(1), paints.select(1, k).reshape({-1, 3, 1, 1, 1}), maps);
  return maps;
}

// Which pixels have their centre in a box, in the type of its sides.
at::Tensor inside(const at::Tensor& boxes, std::int64_t height, std::int64_t width) {
  const auto axis = [&](std::int64_t count, std::int64_t low) {
    const at::Tensor centres = at::arange(count, boxes.options()).add(0.5).div(static_cast<double>(count));
    return centres.ge(boxes.select(-1, low).unsqueeze(-1))
        .logical_and(centres.lt(boxes.select(-1, low + 2).unsqueeze(-1)));
  };
  return axis(height, 1).unsqueeze(-1).logical_and(axis(width, 0).unsqueeze(-2));
}

// Two clips of five objects in three frames: sides anywhere, on centres of pixels, outside, turned round, not a number.
at::Tensor all_kinds_of_boxes(std::int64_t width) {
  flashmotion::Rng rng(7, "boxes");
  at::Tensor boxes = rng.uniform({2, 5, 3, 4}) * 1.4 - 0.2;
  boxes.select(1, 1).copy_((boxes.select(1, 1) * width).floor().add(0.5).div(static_cast<double>(width)));
  boxes.select(1, 2).copy_(at::cat({boxes.select(1, 2).narrow(-1, 0, 2).mul(0.5), at::full({2, 3, 2}, 9.0)}, -1));
  boxes[0][3][1][2] = std::nan("");
  boxes[1][3][0][1] = -std::numeric_limits<float>::infinity();
  return boxes;
}

TEST_CASE("maps have the numbers that each object drawn over all pixels gives", "[trajectory][law]") {
  const at::Tensor valid = at::tensor({1, 1, 1, 1, 0, 1, 0, 1, 1, 1}).to(at::kBool).reshape({2, 5});
  const at::Tensor colours = flashmotion::Rng(8, "colours").uniform({2, 5, 3});
  for (const auto& [height, width] : {std::pair{1, 1}, std::pair{7, 13}, std::pair{64, 96}, std::pair{3, 1280}}) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf}) {
      CAPTURE(height, width, type);
      const at::Tensor boxes = all_kinds_of_boxes(width).to(type);
      const at::Tensor masks = inside(boxes, height, width);
      CHECK(flashmotion::box_masks(boxes, height, width).equal(masks));
      CHECK(flashmotion::draw_control_maps(boxes, valid, colours, height, width)
                .equal(by_operators(masks, valid, colours)));
      const at::Tensor specks = flashmotion::Rng(9, "specks").uniform({2, 5, 3, height, width}).gt(0.6);
      CHECK(flashmotion::draw_control_maps(specks, valid, colours).equal(by_operators(specks, valid, colours)));
    }
  }
}

TEST_CASE("maps are alike on one thread and on two", "[trajectory][law]") {
  const at::Tensor boxes = all_kinds_of_boxes(256), valid = at::ones({2, 5}), colours = at::ones({2, 5, 3});
  const auto of_boxes = [&] { return flashmotion::draw_control_maps(boxes, valid, colours, 128, 256); };
  CHECK(on_threads(1, of_boxes).equal(on_threads(2, of_boxes)));
  const at::Tensor masks = inside(boxes, 128, 256);
  const auto of_masks = [&] { return flashmotion::draw_control_maps(masks, valid, colours); };
  CHECK(on_threads(1, of_masks).equal(on_threads(2, of_masks)));
}

TEST_CASE("maps take objects that lie in memory in any order, and none at all", "[trajectory][unit]") {
  const at::Tensor boxes = all_kinds_of_boxes(16).permute({1, 0, 2, 3});  // five clips of two objects
  const at::Tensor valid = at::ones({2, 5}).t(),
                   colours = flashmotion::Rng(8, "colours").uniform({3, 5, 2}).permute({1, 2, 0});
  CHECK(flashmotion::draw_control_maps(boxes, valid, colours, 8, 16)
            .equal(by_operators(inside(boxes, 8, 16), valid, colours)));
  const at::Tensor masks = inside(boxes, 16, 8).transpose(-1, -2);
  CHECK(flashmotion::draw_control_maps(masks, valid, colours).equal(by_operators(masks, valid, colours)));
  CHECK(flashmotion::draw_control_maps(at::zeros({2, 0, 3, 4}), at::ones({2, 0}), at::ones({2, 0, 3}), 4, 4)
            .equal(at::full({2, 3, 3, 4, 4}, -1.0)));
  CHECK(flashmotion::draw_control_maps(at::zeros({1, 1, 1, 4, 0}, at::kBool), at::ones({1, 1}), at::ones({1, 1, 3}))
            .numel() == 0);
}

TEST_CASE("a gradient goes through the maps to the colours", "[trajectory][unit]") {
  at::Tensor colours = at::full({1, 1, 3}, 0.5);
  colours.requires_grad_(true);
  flashmotion::draw_control_maps(box(0, 0, 0.5, 1).view({1, 1, 1, 4}), at::ones({1, 1}), colours, 2, 2)
      .sum()
      .backward();
  CHECK(colours.grad().equal(at::full({1, 1, 3}, 4.0)));  // two pixels, of twice the colour
}

}  // namespace control_maps_test
