#include "flashmotion/trajectory/render.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/trajectory/control_maps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>
#include <fmt/format.h>

namespace render_test {

using Catch::Matchers::Contains;
using flashmotion::Box;
using flashmotion::MapPainter;
using flashmotion::MapStyle;
using flashmotion::Trajectory;

Trajectory clip() {
  Trajectory t;
  t.frames = 5;
  t.width = 200;
  t.height = 100;
  t.objects.push_back(
      {.name = "a",
       .colour = {200, 10, 20},
       .keys = {{.frame = 0, .box = Box{0.1, 0.2, 0.3, 0.6}}, {.frame = 4, .box = Box{0.5, 0.2, 0.7, 0.6}}},
       .hidden = {{2, 3}}});
  return t;
}

std::int64_t painted(const at::Tensor& picture) { return picture.ne(0).any(2).sum().item<std::int64_t>(); }

TEST_CASE("filled maps are what the encoder draws of the boxes", "[trajectory][law]") {
  Trajectory t = clip();
  t.objects.push_back({.name = "b", .colour = {0, 200, 0}, .keys = {{.frame = 0, .box = Box{-0.2, 0.41, 0.253, 1.5}}}});
  const at::Tensor maps =
      flashmotion::draw_control_maps(flashmotion::boxes(t, 5).unsqueeze(0), at::ones({1, 2}, at::kBool),
                                     flashmotion::colours(t).unsqueeze(0), 100, 200);
  const MapPainter painter(t, MapStyle::fill);
  for (std::int64_t f = 0; f < 5; ++f) {
    const at::Tensor drawn = painter.frame(f).to(at::kFloat).div(127.5).sub(1).movedim(-1, 0);
    CHECK(at::allclose(drawn, maps.select(0, 0).select(1, f), 0, 1e-5));
  }
}

TEST_CASE("box maps have a filled first frame, outlines after it, and nothing of hidden objects",
          "[trajectory][unit]") {
  const Trajectory t = clip();
  const MapPainter painter(t, MapStyle::box);
  CHECK(painted(painter.frame(0)) == 40 * 40);
  // From pixel 40 to 80 and from 20 to 60; a hundredth of 100 pixels is a line of one.
  CHECK(painted(painter.frame(1)) == 2 * 41 + 2 * 39);
  CHECK(painter.frame(1).select(0, 20).select(0, 40).equal(at::tensor({200, 10, 20}, at::kByte)));
  CHECK(painted(painter.frame(2)) == 0);
  const MapPainter sparse(t, MapStyle::sparse_box);
  CHECK(painted(sparse.frame(0)) == 40 * 40);
  CHECK(painted(sparse.frame(1)) == 0);
  CHECK(painted(sparse.frame(4)) == 2 * 41 + 2 * 39);
}

TEST_CASE("mask maps draw masks, or else polygons, or else boxes", "[trajectory][unit]") {
  Trajectory t = clip();
  t.objects[0].keys[0].polygon = {{0.1, 0.2}, {0.3, 0.2}, {0.3, 0.6}};
  t.objects[0].hidden.clear();
  CHECK(painted(MapPainter(t, MapStyle::fill).frame(0)) == 1600);
  CHECK(painted(MapPainter(t, MapStyle::mask).frame(0)) == Approx(800).margin(40));
  // A mask of two columns of which the right one is inside, over the whole picture.
  t.objects[0].keys[0].mask = {1, 2, {1, 1}};
  CHECK(painted(MapPainter(t, MapStyle::mask).frame(3)) == 100 * 100);
  // A camera that has gone to the right by half a picture shows the right half on the left.
  t.camera = {{.frame = 0, .pan = {0.5, 0}}};
  const at::Tensor moved = MapPainter(t, MapStyle::mask).frame(3);
  CHECK(painted(moved.slice(1, 0, 100)) == 100 * 100);
  CHECK(painted(moved) == 100 * 100);
}

TEST_CASE("masks in a folder become masks in keys", "[trajectory][unit]") {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "masks");
  Trajectory t = clip();
  t.objects[0].masks = flashmotion::MaskSource{.path = "masks", .label = 2};
  for (int i = 0; i < 5; ++i) {
    at::Tensor labels = at::zeros({10, 20}, at::kByte);
    labels.slice(0, 0, 5).slice(1, i, i + 2).fill_(2);
    labels.slice(0, 6, 8).fill_(1);
    flashmotion::write_mask_png(folder / fmt::format("masks/{}.png", i), labels);
  }
  const Trajectory full = flashmotion::with_masks(t, folder.path());
  CHECK_FALSE(full.objects[0].masks);
  REQUIRE(full.objects[0].keys.size() == 5);
  CHECK(flashmotion::rle_box(full.objects[0].keys[3].mask) == std::array<std::int64_t, 4>{3, 0, 5, 5});
  CHECK(full.objects[0].keys[4].box);
  std::filesystem::remove(folder / "masks/4.png");
  CHECK_THROWS_WITH(flashmotion::with_masks(t, folder.path()),
                    Contains("holds masks of 4 frames, but the trajectory has 5"));
  t.objects[0].masks->path = "nothing";
  CHECK_THROWS_WITH(flashmotion::with_masks(t, folder.path()), Contains("is missing: object 'a' has its masks there"));
}

}  // namespace render_test
