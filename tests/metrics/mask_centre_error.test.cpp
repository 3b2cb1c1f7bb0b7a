#include "flashmotion/metrics/mask_centre_error.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

namespace mask_centre_error_test {

using flashmotion::ClipBatch;
using flashmotion::mask_centre_error;

// One clip of three frames of 12x16 with two objects: a 4x4 square at (4, 2), and one that is never seen.
ClipBatch square() {
  ClipBatch clips;
  clips.masks = torch::zeros({1, 2, 3, 12, 16}, torch::kBool);
  clips.masks.select(1, 0).slice(2, 2, 6).slice(3, 4, 8).fill_(true);
  clips.boxes = torch::zeros({1, 2, 3, 4});
  clips.boxes.select(1, 0).copy_(torch::tensor({4 / 16.0F, 2 / 12.0F, 8 / 16.0F, 6 / 12.0F}));
  clips.valid = torch::tensor({{true, false}});
  return clips;
}

double error(const torch::Tensor& found, const ClipBatch& clips) {
  const auto values = mask_centre_error(found, clips);
  CHECK(values.sizes() == at::IntArrayRef({1}));
  CHECK(values.scalar_type() == torch::kDouble);
  return values.item<double>();
}

TEST_CASE("the mask that fills its box has no centre error", "[metrics][unit]") {
  const auto clips = square();
  CHECK(error(clips.masks, clips) == Approx(0).margin(1e-4));
}

TEST_CASE("a shift counts its length in pixels of a 480-pixel-high frame", "[metrics][unit]") {
  const auto clips = square();
  // 3 across and 4 down are 5 pixels of 12, 200 of 480; in one of the two frames that count.
  auto found = clips.masks.clone();
  found.select(2, 1).copy_(clips.masks.select(2, 1).roll({4, 3}, {2, 3}));
  CHECK(error(found, clips) == Approx(100));
  found.select(2, 0).zero_();  // frame 0 is given
  CHECK(error(found, clips) == Approx(100));
}

TEST_CASE("the centroid weighs every found pixel alike", "[metrics][unit]") {
  const auto clips = square();
  auto found = clips.masks.clone();
  found.select(1, 0).slice(2, 2, 6).slice(3, 8, 12).fill_(true);  // twice as wide: the centroid moves by 2 of 12
  CHECK(error(found, clips) == Approx(80));
}

TEST_CASE("a lost object counts half the longer side, a covered one nothing", "[metrics][unit]") {
  auto clips = square();
  auto found = clips.masks.clone();
  found.select(2, 1).zero_();
  CHECK(error(found, clips) == Approx(8 * 480 / 12.0 / 2));
  clips.masks.select(2, 1).zero_();
  CHECK(error(found, clips) == Approx(0).margin(1e-4));
  found.select(2, 1).fill_(true);  // found although covered: visibility_accuracy's affair
  CHECK(error(found, clips) == Approx(0).margin(1e-4));
  clips.valid.zero_();
  CHECK(error(found, clips) == 0);
}

TEST_CASE("masks of another shape have no centre error", "[metrics][message]") {
  const auto clips = square();
  CHECK_THROWS_AS(mask_centre_error(clips.masks.slice(2, 1), clips), flashmotion::ShapeError);
}

}  // namespace mask_centre_error_test
