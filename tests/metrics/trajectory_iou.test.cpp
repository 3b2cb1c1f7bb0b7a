#include "flashmotion/metrics/trajectory_iou.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

namespace trajectory_iou_test {

using flashmotion::ClipBatch;
using flashmotion::trajectory_iou;

// One clip of three frames of 8x8 with two objects: a 4x4 square, and one that is never seen.
ClipBatch square() {
  ClipBatch clips;
  clips.masks = torch::zeros({1, 2, 3, 8, 8}, torch::kBool);
  clips.masks.select(1, 0).slice(2, 2, 6).slice(3, 2, 6).fill_(true);
  clips.boxes = torch::zeros({1, 2, 3, 4});
  clips.boxes.select(1, 0).copy_(torch::tensor({0.25F, 0.25F, 0.75F, 0.75F}));
  clips.valid = torch::tensor({{true, false}});
  return clips;
}

TEST_CASE("tight boxes are half open, normalised and zero for empty masks", "[metrics][unit]") {
  auto masks = torch::zeros({1, 1, 2, 8, 16}, torch::kBool);
  masks[0][0][1][3][4] = true;
  masks[0][0][1][5][7] = true;
  const auto boxes = flashmotion::tight_boxes(masks)[0][0];
  CHECK(boxes[0].abs().sum().item<float>() == 0);
  CHECK(boxes[1].equal(torch::tensor({4 / 16.0F, 3 / 8.0F, 8 / 16.0F, 6 / 8.0F})));
}

TEST_CASE("the true masks score 1", "[metrics][unit]") {
  const auto clips = square();
  const auto iou = trajectory_iou(clips.masks, clips);
  CHECK(iou.box.sizes() == at::IntArrayRef({1}));
  CHECK(iou.box.scalar_type() == torch::kDouble);
  CHECK(iou.box.item<double>() == Approx(1));
  CHECK(iou.mask.item<double>() == Approx(1));
}

TEST_CASE("a shift by half counts a third, and frame 0 does not count", "[metrics][unit]") {
  const auto clips = square();
  auto found = clips.masks.roll(2, 4);
  CHECK(trajectory_iou(found, clips).box.item<double>() == Approx(1.0 / 3));
  CHECK(trajectory_iou(found, clips).mask.item<double>() == Approx(1.0 / 3));
  found.select(2, 0).zero_();
  CHECK(trajectory_iou(found, clips).box.item<double>() == Approx(1.0 / 3));
}

TEST_CASE("nothing found of a visible object counts 0, of a covered one nothing", "[metrics][unit]") {
  auto clips = square();
  auto found = clips.masks.clone();
  found.select(2, 1).zero_();
  CHECK(trajectory_iou(found, clips).box.item<double>() == Approx(0.5));
  CHECK(trajectory_iou(found, clips).mask.item<double>() == Approx(0.5));
  clips.masks.select(2, 1).zero_();  // now it is covered in that frame: left out
  CHECK(trajectory_iou(found, clips).box.item<double>() == Approx(1));
  found.select(2, 1).fill_(true);  // found although covered
  CHECK(trajectory_iou(found, clips).box.item<double>() == Approx(0.5));
  CHECK(trajectory_iou(found, clips).mask.item<double>() == Approx(0.5));
}

TEST_CASE("objects that a clip does not have do not count, nor do clips without objects", "[metrics][unit]") {
  auto clips = square();
  auto found = clips.masks.clone();
  found.select(1, 1).fill_(true);
  CHECK(trajectory_iou(found, clips).mask.item<double>() == Approx(1));
  clips.valid.zero_();
  CHECK(trajectory_iou(found, clips).mask.item<double>() == 1);
  CHECK_THROWS_AS(trajectory_iou(found.slice(1, 0, 1), clips), flashmotion::ShapeError);
}

TEST_CASE("the order of clips changes no clip's figure", "[metrics][law]") {
  auto clips = toy_clips::draw(6, 2);
  const auto found = clips.masks.roll(1, 4);
  const auto straight = trajectory_iou(found, clips).mask;
  for (auto* tensor : {&clips.masks, &clips.boxes, &clips.valid}) *tensor = tensor->flip(0);
  CHECK(trajectory_iou(found.flip(0), clips).mask.flip(0).equal(straight));
}

}  // namespace trajectory_iou_test
