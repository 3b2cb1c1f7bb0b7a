#include "flashmotion/trajectory/colour_regions.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace colour_regions_test {

using flashmotion::Colour;

void fill(at::Tensor& picture, std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1, Colour colour) {
  picture.slice(0, y0, y1).slice(1, x0, x1).copy_(
      at::tensor({int{colour.red}, int{colour.green}, int{colour.blue}}).to(at::kByte));
}

constexpr Colour kOne{128, 32, 32};
constexpr Colour kTwo{128, 80, 80};

TEST_CASE("colours of even areas are found, the largest first, and blurred edges are none", "[trajectory][unit]") {
  at::Tensor picture = at::zeros({60, 80, 3}, at::kByte);
  fill(picture, 10, 10, 20, 20, kOne);
  fill(picture, 30, 10, 60, 50, kTwo);
  fill(picture, 60, 10, 61, 50, {64, 40, 40});  // an edge
  fill(picture, 0, 58, 80, 60, {9, 5, 6});      // noise
  const auto found = flashmotion::new_object_colours(picture, {});
  REQUIRE(found.size() == 2);
  CHECK(found[0] == kTwo);
  CHECK(found[1] == kOne);
  CHECK(flashmotion::new_object_colours(picture, std::vector{kOne, kTwo}).empty());
  CHECK((flashmotion::new_object_colours(picture, std::vector{kOne}) == std::vector{kTwo}));
  CHECK(flashmotion::new_object_colours(at::zeros({4, 4, 3}, at::kByte), {}).empty());
}

TEST_CASE("an edge takes the label that it touches, though its colour is another's", "[trajectory][unit]") {
  at::Tensor picture = at::zeros({40, 60, 3}, at::kByte);
  fill(picture, 20, 10, 40, 30, kTwo);
  fill(picture, 40, 10, 41, 30, {100, 44, 44});  // nearer to the first object's colour than to the second's
  fill(picture, 41, 10, 42, 30, {30, 20, 20});   // less than half as bright
  const at::Tensor labels = flashmotion::label_colours(picture, std::vector{kOne, kTwo});
  CHECK(labels.eq(2).sum().item<int>() == 20 * 21);
  CHECK(labels.eq(1).sum().item<int>() == 0);
  CHECK(labels.sum().item<int>() == 2 * 20 * 21);
}

TEST_CASE("regions leave out specks and tell rims and what is inside", "[trajectory][unit]") {
  at::Tensor labels = at::zeros({50, 60}, at::kByte);
  labels.slice(0, 10, 40).slice(1, 0, 50).fill_(1);
  labels.slice(0, 15, 35).slice(1, 0, 45).fill_(0);   // a rim of 5 pixels, but none at the left border
  labels.slice(0, 48, 49).slice(1, 57, 59).fill_(1);  // a speck
  labels.slice(0, 20, 22).slice(1, 20, 22).fill_(2);
  const auto with = flashmotion::label_regions(labels, 3, 6, false);
  CHECK(with[0].box == std::array<std::int64_t, 4>{0, 10, 59, 49});
  const auto regions = flashmotion::label_regions(labels, 3, 6, true);
  CHECK(regions[0].box == std::array<std::int64_t, 4>{0, 10, 50, 40});
  CHECK(regions[0].area == 30 * 50 - 20 * 45);
  CHECK(regions[0].inside == 0);
  CHECK(regions[0].inside_area == 38 * 18);
  CHECK(regions[0].rims[0] == 0);
  CHECK(regions[1].area == 4);
  CHECK(regions[2].area == 0);
}

TEST_CASE("what is no picture is refused", "[trajectory][message]") {
  CHECK_THROWS_AS(flashmotion::label_colours(at::zeros({3, 4, 4}), {}), flashmotion::ShapeError);
}

}  // namespace colour_regions_test
