#include "flashmotion/core/rng.hpp"
#include "flashmotion/kernels/launchers.hpp"
#include "flashmotion/trajectory/control_maps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kernel_arguments.hpp"

#include <torch/torch.h>

#include <tuple>
#include <utility>

namespace paint_test {

using namespace kernel_arguments;
using flashmotion::Rng;

constexpr std::int64_t kClips = 2, kObjects = 6, kFrames = 3;

TEST_CASE("the kernels paint the pixels that the CPU paints", "[kernels][unit]") {
  const auto [height, width] =
      GENERATE(std::pair<std::int64_t, std::int64_t>{1, 1}, std::pair<std::int64_t, std::int64_t>{7, 13},
               std::pair<std::int64_t, std::int64_t>{48, 83}, std::pair<std::int64_t, std::int64_t>{3, 1283});
  CAPTURE(height, width);
  Tensor valid = torch::ones({kClips, kObjects}, torch::kBool);
  valid[1][2] = false;
  const Tensor colours = Rng(8, "colours").uniform({kClips, kObjects, 3}), paints = colours * 2 - 1;
  Tensor out = torch::empty({kClips, 3, kFrames, height, width});
  const auto fill = [&, height = height, width = width](auto& arguments) {
    out.fill_(42.0);
    arguments.valid = bytes(valid);
    arguments.paints = paints.const_data_ptr<float>();
    arguments.out = out.mutable_data_ptr<float>();
    arguments.clips = kClips;
    arguments.objects = kObjects;
    arguments.frames = kFrames;
    arguments.height = height;
    arguments.width = width;
  };
  SECTION("boxes") {
    Tensor boxes = Rng(7, "boxes").uniform({kClips, kObjects, kFrames, 2, 2}) * 1.4 - 0.2;
    boxes = std::get<0>(boxes.sort(3)).flatten(3);
    // The topmost object's sides lie on centres of pixels, rounded as the CPU rounds them.
    const Tensor counts = torch::tensor({width, height, width, height});
    boxes.select(1, 5).copy_((boxes.select(1, 5) * counts).floor().add(0.5).div(counts));
    cuda::PaintBoxes arguments{};
    fill(arguments);
    arguments.boxes = boxes.const_data_ptr<float>();
    REQUIRE(cuda::paint_boxes(arguments, nullptr) == 0);
    CHECK(out.equal(flashmotion::draw_control_maps(boxes, valid, colours, height, width)));
  }
  SECTION("masks") {
    const Tensor masks = Rng(9, "specks").uniform({kClips, kObjects, kFrames, height, width}).gt(0.6);
    cuda::PaintMasks arguments{};
    fill(arguments);
    arguments.masks = bytes(masks);
    REQUIRE(cuda::paint_masks(arguments, nullptr) == 0);
    CHECK(out.equal(flashmotion::draw_control_maps(masks, valid, colours)));
  }
}

TEST_CASE("maps without pixels are nothing to do", "[kernels][unit]") {
  cuda::PaintBoxes boxes{};
  cuda::PaintMasks masks{};
  boxes.clips = boxes.objects = boxes.frames = boxes.height = 1;
  CHECK(cuda::paint_boxes(boxes, nullptr) == 0);
  CHECK(cuda::paint_masks(masks, nullptr) == 0);
}

}  // namespace paint_test
