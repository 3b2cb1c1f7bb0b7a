#include "flashmotion/trajectory/overlay.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>

namespace overlay_test {

at::Tensor colour_at(const at::Tensor& picture, std::int64_t y, std::int64_t x) {
  return picture.select(0, y).select(0, x);
}

const at::Tensor& red() {
  static const at::Tensor kRed = at::tensor({255, 0, 0}).to(at::kByte);
  return kRed;
}

TEST_CASE("an overlay has the box in its colour and leaves the rest alone", "[trajectory][unit]") {
  const at::Tensor clip = at::zeros({3, 4, 16, 16});  // grey
  const at::Tensor boxes = at::tensor({0.25, 0.25, 0.75, 0.75}, at::kFloat).expand({1, 4, 4}).contiguous();
  const at::Tensor colours = at::tensor({1.0, 0.0, 0.0}, at::kFloat).reshape({1, 3});
  const at::Tensor frames = flashmotion::draw_overlay(clip, boxes, colours, {.scale = 4, .names = {}, .path = false});
  REQUIRE(frames.sizes() == at::IntArrayRef({4, 64, 64, 3}));
  const at::Tensor frame = frames.select(0, 0);
  CHECK(colour_at(frame, 16, 30).equal(red()));
  CHECK(colour_at(frame, 47, 30).equal(red()));
  CHECK(colour_at(frame, 30, 16).equal(red()));
  CHECK(colour_at(frame, 30, 47).equal(red()));
  const at::Tensor grey = at::tensor({128, 128, 128}).to(at::kByte);
  CHECK(colour_at(frame, 5, 5).equal(grey));
  CHECK(colour_at(frame, 31, 31).equal(grey));
}

TEST_CASE("the path shows where the centre was, and fades", "[trajectory][unit]") {
  const at::Tensor clip = at::full({3, 8, 16, 64}, -1.0);
  at::Tensor boxes = at::zeros({1, 8, 4});
  for (std::int64_t t = 0; t < 8; ++t) {
    const double x = 0.1 + 0.1 * static_cast<double>(t);
    boxes.select(0, 0).select(0, t).copy_(at::tensor({x - 0.02, 0.4, x + 0.02, 0.6}, at::kFloat));
  }
  const at::Tensor colours = at::tensor({1.0, 0.0, 0.0}, at::kFloat).reshape({1, 3});
  const at::Tensor last =
      flashmotion::draw_overlay(clip, boxes, colours, {.scale = 4, .names = {}, .path = true}).select(0, 7);
  const auto strength = [&](std::int64_t x) { return colour_at(last, 32, x).select(0, 0).item<int>(); };
  CHECK(strength(40) > 20);
  CHECK(strength(40) < strength(90));
  CHECK(strength(90) < strength(180));
  CHECK(strength(250) == 0);
}

TEST_CASE("objects that are not seen are not drawn, and names are written", "[trajectory][unit]") {
  const at::Tensor clip = at::zeros({3, 2, 32, 32});
  const at::Tensor nothing = at::zeros({1, 2, 4});
  const at::Tensor colours = at::ones({1, 3});
  const at::Tensor plain = flashmotion::draw_overlay(clip, nothing, colours, {.names = {"disc"}});
  CHECK(plain.eq(128).all().item<bool>());
  const at::Tensor box = at::tensor({0.3, 0.5, 0.7, 0.9}, at::kFloat).expand({1, 2, 4});
  const at::Tensor tagged = flashmotion::draw_overlay(clip, box, colours, {.names = {"disc"}, .path = false});
  const at::Tensor bare = flashmotion::draw_overlay(clip, box, colours, {.scale = 0, .names = {}, .path = false});
  CHECK(tagged.ne(bare).sum().item<int>() > 100);
}

TEST_CASE("shapes that do not fit are refused", "[trajectory][message]") {
  const at::Tensor clip = at::zeros({3, 2, 8, 8});
  CHECK_THROWS_AS(flashmotion::draw_overlay(at::zeros({2, 2, 8, 8}), at::zeros({1, 2, 4}), at::zeros({1, 3})),
                  flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::draw_overlay(clip, at::zeros({1, 3, 4}), at::zeros({1, 3})), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::draw_overlay(clip, at::zeros({1, 2, 4}), at::zeros({1, 3}), {.names = {"a", "b"}}),
                  flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::contact_sheet({}), flashmotion::ShapeError);
  CHECK_THROWS_AS(flashmotion::contact_sheet({{"a", at::zeros({3, 8, 8}), {}, {}}}), flashmotion::ShapeError);
}

TEST_CASE("a contact sheet holds the frames of each row, first and last among them", "[trajectory][unit]") {
  at::Tensor clip = at::full({3, 9, 8, 8}, -1.0);
  clip.select(1, 8).fill_(1.0);
  const at::Tensor sheet = flashmotion::contact_sheet({{"one", clip, {}, {}}, {"another", clip, {}, {}}}, 3, 5);
  CHECK(sheet.scalar_type() == at::kByte);
  CHECK(sheet.size(2) == 3);
  const at::Tensor white = sheet.eq(255).all(2);
  CHECK(white.sum().item<int>() == 2 * 40 * 40);  // the last frame of both rows; letters are not pure white
  const at::Tensor all = flashmotion::contact_sheet({{"one", clip, {}, {}}}, 0, 5);
  CHECK(all.size(1) - flashmotion::contact_sheet({{"one", clip, {}, {}}}, 8, 5).size(1) == 41);
  const at::Tensor box = at::tensor({0.2, 0.2, 0.8, 0.8}, at::kFloat).expand({1, 9, 4});
  const at::Tensor drawn =
      flashmotion::contact_sheet({{"one", clip, box, at::tensor({1.0, 0.0, 0.0}, at::kFloat).reshape({1, 3})}}, 0, 5);
  CHECK(drawn.eq(red()).all(2).sum().item<int>() > 9 * 60);
}

}  // namespace overlay_test
