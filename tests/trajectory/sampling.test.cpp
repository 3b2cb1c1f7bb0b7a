#include "flashmotion/trajectory/sampling.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/tensor.h>

#include <ATen/Functions.h>

namespace sampling_test {

using flashmotion::Box;
using flashmotion::EasingKind;
using flashmotion::ObjectTrack;
using flashmotion::Place;
using flashmotion::Trajectory;
using flashmotion::TrajectoryObject;

Trajectory clip(std::vector<flashmotion::TrajectoryKey> keys) {
  TrajectoryObject object;
  object.keys = std::move(keys);
  Trajectory t;
  t.frames = 9;
  t.width = 64;
  t.height = 32;
  object.name = "a";
  t.objects.push_back(std::move(object));
  return t;
}

TEST_CASE("a box follows the easing of its key", "[trajectory][unit]") {
  Trajectory t = clip({{.frame = 0, .box = Box{0, 0, 0.2, 0.2}}, {.frame = 8, .box = Box{0.4, 0, 0.6, 0.2}}});
  const auto left = [&](double time) { return (*ObjectTrack(t, t.objects[0]).at(time).box)[0]; };
  CHECK(left(2) == Approx(0.1));
  t.objects[0].keys[0].easing.kind = EasingKind::smooth;
  CHECK(left(2) == Approx(0.4 * 0.15625));
  t.objects[0].keys[0].easing.kind = EasingKind::hold;
  CHECK(left(7.9) == 0);
  CHECK(left(8) == 0.4);
}

TEST_CASE("each shape has its own keys", "[trajectory][unit]") {
  const Trajectory t = clip({{.frame = 0, .box = Box{0, 0, 0.2, 0.2}, .points = {{0.1, 0.1}}},
                             {.frame = 4, .points = {{0.5, 0.1}}},
                             {.frame = 8, .box = Box{0.4, 0, 0.6, 0.2}}});
  const auto sample = ObjectTrack(t, t.objects[0]).at(2);
  CHECK((*sample.box)[0] == Approx(0.1));
  CHECK(sample.points[0][0] == Approx(0.3));
  CHECK(ObjectTrack(t, t.objects[0]).at(6).points[0] == Place{0.5, 0.1});
}

TEST_CASE("polygons with other corners wait for the next key, masks do always", "[trajectory][unit]") {
  const Trajectory t = clip({{.frame = 0, .polygon = {{0, 0}, {1, 0}, {0, 1}}, .mask = {1, 2, {1, 1}}},
                             {.frame = 4, .polygon = {{0.5, 0}, {1, 0}, {0, 1}}},
                             {.frame = 8, .polygon = {{0, 0}, {1, 0}, {1, 1}, {0, 1}}, .mask = {1, 2, {0, 1, 1}}}});
  const ObjectTrack track(t, t.objects[0]);
  CHECK(track.at(2).polygon[0] == Place{0.25, 0});
  CHECK(track.at(6).polygon.size() == 3);
  CHECK(track.at(8).polygon.size() == 4);
  CHECK(track.at(7.9).mask == &t.objects[0].keys[0].mask);
  CHECK(track.at(8).mask == &t.objects[0].keys[2].mask);
}

TEST_CASE("an object without a box has that of its other shapes", "[trajectory][unit]") {
  Trajectory t = clip({{.frame = 0, .polygon = {{0.1, 0.2}, {0.5, 0.2}, {0.3, 0.9}}}});
  CHECK(ObjectTrack(t, t.objects[0]).at(0).box == Box{0.1, 0.2, 0.5, 0.9});
  t = clip({{.frame = 0, .mask = {2, 4, {2, 3, 3}}}});  // columns 1 and 2 of 4
  CHECK(ObjectTrack(t, t.objects[0]).at(0).box == Box{0.25, 0, 0.75, 1});
  // A square in pixels round a point: 0.04 of 32 pixels each way.
  t = clip({{.frame = 0, .points = {{0.5, 0.5}}}});
  const Box box = *ObjectTrack(t, t.objects[0]).at(0).box;
  CHECK((box[2] - box[0]) * 64 == Approx(2.56));
  CHECK((box[3] - box[1]) * 32 == Approx(2.56));
}

TEST_CASE("hidden frames have no box, and the nearest frame decides between two", "[trajectory][unit]") {
  Trajectory t = clip({{.frame = 0, .box = Box{0, 0, 1, 1}}});
  t.objects[0].hidden = {{2, 4}, {6, 7}};
  const ObjectTrack track(t, t.objects[0]);
  for (const double time : {0.0, 1.0, 1.4, 4.0, 5.4, 7.0, 8.0}) CHECK(track.seen(time));
  for (const double time : {1.5, 2.0, 3.0, 3.4, 6.0}) CHECK_FALSE(track.seen(time));
  CHECK_FALSE(track.at(2).box);
  const at::Tensor boxes = flashmotion::boxes(t, 9);
  CHECK(boxes.select(0, 0).select(0, 2).eq(0).all().item<bool>());
  CHECK(boxes.select(0, 0).select(0, 4).equal(at::tensor({0.0F, 0.0F, 1.0F, 1.0F})));
}

TEST_CASE("the camera moves what is seen the other way, and enlarges about the middle", "[trajectory][unit]") {
  Trajectory t = clip({{.frame = 0, .box = Box{0.4, 0.4, 0.6, 0.6}, .points = {{0.5, 0.5}}}});
  t.objects[0].fixed = true;
  t.camera = {{.frame = 0}, {.frame = 8, .pan = {0.2, 0}, .zoom = 2}};
  const ObjectTrack track(t, t.objects[0]);
  CHECK(track.at(0).box == Box{0.4, 0.4, 0.6, 0.6});
  const Box last = *track.at(8).box;
  CHECK(last[0] == Approx(0.5 + (0.4 - 0.5 - 0.2) * 2));
  CHECK(last[1] == Approx(0.3));
  CHECK(last[3] == Approx(0.7));
  CHECK(track.at(8).points[0][0] == Approx(0.1));
  CHECK(flashmotion::camera_at(t, 4).zoom == 1.5);
}

TEST_CASE("objects with masks in files only have no boxes", "[trajectory][message]") {
  Trajectory t = clip({});
  t.objects[0].masks = flashmotion::MaskSource{.path = "masks", .label = 1};
  CHECK_THROWS_WITH(flashmotion::boxes(t, 9), Catch::Matchers::Contains("only masks in 'masks'"));
}

}  // namespace sampling_test
