#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/trajectory.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <string>

// The second version of the file: shapes other than boxes, easing, visibility, masks and the camera.
namespace trajectory_shapes_test {

using Catch::Matchers::Contains;
using flashmotion::Easing;
using flashmotion::EasingKind;
using flashmotion::FrameRange;
using flashmotion::Trajectory;
using flashmotion::TrajectoryKey;

const std::string kHead =
    R"({ "format": "flashmotion-trajectory", "version": 2, "frames": 4, "width": 64, "height": 32, )";

Trajectory read(const std::string& rest) { return flashmotion::parse_trajectory(kHead + rest, "x.traj.json"); }

std::string refused(const std::string& text) {
  try {
    static_cast<void>(flashmotion::parse_trajectory(text, "x.traj.json"));
  } catch (const flashmotion::InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refused_object(const std::string& object) {
  return refused(kHead + R"("objects": [ { "name": "a", )" + object + " } ] }");
}

const std::string kAll = R"("prompt": "a pond", "fps": 12.5,
  "camera": [ { "frame": 0 }, { "frame": 3, "pan": [0.1, -0.2], "zoom": 1.5, "easing": "smooth" } ],
  "objects": [
    { "name": "fish", "hidden": [[1, 2]], "keys": [
        { "frame": 0, "box": [0, 0, 0.5, 0.5], "points": [[0.25, 0.25], [0.3, 0.2]], "easing": [0.4, 0, 0.2, 1] },
        { "frame": 2, "polygon": [[0, 0], [1, 0], [0.5, 1]], "easing": "hold" },
        { "frame": 3, "mask": { "size": [2, 3], "counts": [2, 3, 1] } } ] },
    { "name": "stone", "static": true, "keys": [ { "frame": 0, "box": [-0.5, 0, 0.5, 1.25] } ] },
    { "name": "leaf", "boxes": [null, [0, 0, 1, 1], [0, 0, 0.5, 1], null], "masks": { "path": "leaf", "label": 3 } },
    { "name": "film", "masks": { "path": "a/b.mp4", "colour": "#800000" } }
  ] })";

TEST_CASE("a file of the second version is read with all its shapes", "[trajectory][unit]") {
  const Trajectory t = read(kAll);
  CHECK(t.prompt == "a pond");
  CHECK(flashmotion::prompt(t) == "a pond");
  CHECK(t.fps == 12.5);
  REQUIRE(t.camera.size() == 2);
  CHECK(t.camera[1].pan == flashmotion::Place{0.1, -0.2});
  CHECK(t.camera[1].zoom == 1.5);
  REQUIRE(t.objects.size() == 4);
  const auto& fish = t.objects[0];
  REQUIRE(fish.keys.size() == 3);
  CHECK((fish.hidden == std::vector<FrameRange>{{1, 2}}));
  CHECK(fish.keys[0].points.size() == 2);
  CHECK(fish.keys[0].easing == Easing{EasingKind::bezier, {0.4, 0, 0.2, 1}});
  CHECK(fish.keys[1].easing.kind == EasingKind::hold);
  CHECK(fish.keys[1].polygon[2] == flashmotion::Place{0.5, 1});
  CHECK_FALSE(fish.keys[1].box);
  CHECK(fish.keys[2].mask == flashmotion::RleMask{2, 3, {2, 3, 1}});
  CHECK(t.objects[1].fixed);
  const auto& leaf = t.objects[2];
  CHECK((leaf.hidden == std::vector<FrameRange>{{0, 1}, {3, 4}}));
  REQUIRE(leaf.keys.size() == 2);
  CHECK(leaf.keys[1] == TrajectoryKey{.frame = 2, .box = flashmotion::Box{0, 0, 0.5, 1}});
  REQUIRE(leaf.masks);
  CHECK(leaf.masks->label == 3);
  REQUIRE(t.objects[3].masks);
  CHECK(t.objects[3].masks->colour == flashmotion::Colour{128, 0, 0});
}

TEST_CASE("what was read is written back equal", "[trajectory][law]") {
  const Trajectory t = read(kAll);
  CHECK(flashmotion::parse_trajectory(flashmotion::trajectory_text(t), "x") == t);
}

TEST_CASE("a file has the first version that can say it", "[trajectory][unit]") {
  const auto version = [](const Trajectory& t) {
    return flashmotion::trajectory_text(t).find("\"version\": 1") != std::string::npos ? 1 : 2;
  };
  Trajectory t = read(R"("objects": [ { "name": "a", "keys": [ { "frame": 0, "box": [0, 0, 1, 1] } ] } ] })");
  CHECK(version(t) == 1);
  Trajectory other = t;
  other.objects[0].keys[0].easing.kind = EasingKind::smooth;
  CHECK(version(other) == 2);
  other = t;
  other.objects[0].hidden = {{1, 2}};
  CHECK(version(other) == 2);
  other = t;
  other.camera.emplace_back();
  CHECK(version(other) == 2);
  other = t;
  other.prompt = "words";
  CHECK(version(other) == 2);
  t.objects.resize(17, t.objects[0]);
  CHECK(version(t) == 2);
}

TEST_CASE("the first version refuses what came later, and says so", "[trajectory][message]") {
  const std::string text = R"({ "format": "flashmotion-trajectory", "version": 1, "frames": 4, "width": 8, "height": 8,
    "objects": [ { "name": "a", "keys": [ { "frame": 0, "box": [0, 0, 1, 1], "easing": "smooth" } ] } ] })";
  CHECK_THAT(refused(text), Contains("x.traj.json:2:78: 'objects[0].keys[0].easing' is known from version 2 on; set "
                                     "\"version\": 2"));
}

TEST_CASE("mistakes in shapes are told with their place", "[trajectory][message]") {
  const std::string key = R"("keys": [ { "frame": 0, )";
  CHECK(refused_object(key + R"("box": [0, 0, 1, 1] } ])") == "accepted");
  CHECK_THAT(refused_object(key + R"("easing": "smooth" } ])"),
             Contains("'objects[0].keys[0]' says no place: give 'box', 'points', 'polygon' or 'mask'"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1], "easing": "smoth" } ])"),
             Contains("'smoth' is no easing; did you mean 'smooth'?"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1], "easing": [2, 0, 0, 0] } ])"),
             Contains("'objects[0].keys[0].easing[0]' must be a number from 0 to 1, found 2"));
  CHECK_THAT(refused_object(key + R"("polygon": [[0, 0], [1, 1]] } ])"),
             Contains("'objects[0].keys[0].polygon' must be a list of 3 to 10000 places"));
  CHECK_THAT(refused_object(key + R"("points": [[100, 0]] } ])"),
             Contains("'objects[0].keys[0].points[0]' lies far outside the picture"));
  CHECK_THAT(refused_object(key + R"("points": [[NaN, 0]] } ])"), Contains("NaN is no place"));
  CHECK_THAT(refused_object(key + R"("points": [[1e999, 0]] } ])"), Contains("a number that is out of range"));
  CHECK_THAT(refused_object(key + R"("mask": { "size": [2, 2], "counts": [1, 2] } } ])"),
             Contains("'objects[0].keys[0].mask' is damaged: runs of a mask add up to 3 pixels, but 2x2 has 4"));
  CHECK_THAT(refused_object(key + R"("mask": { "size": [2, 2], "counts": "~" } } ])"), Contains("COCO's writing"));
  CHECK_THAT(refused_object(key + R"("bx": [0, 0, 1, 1] } ])"),
             Contains("'objects[0].keys[0].bx' is not known; did you mean 'box'?"));
  CHECK_THAT(refused_object(R"("boxes": [[0, 0, 1, 1], null])"),
             Contains("'objects[0].boxes' has 2 entries; it needs one for each of the 4 frames"));
  CHECK_THAT(refused_object(R"("boxes": [null, null, null, null])"), Contains("is never seen"));
  CHECK_THAT(refused_object(R"("boxes": [null, null, null, [0, 0, 1, 1]], "keys": [])"),
             Contains("has both 'keys' and lists"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1] } ], "hidden": [[2, 2]])"),
             Contains("'objects[0].hidden[0]' is empty"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1] } ], "hidden": [[2, 3], [1, 4]])"),
             Contains("'objects[0].hidden[1]' begins before the range in front of it has ended"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1] } ], "hidden": [[0, 9]])"),
             Contains("'objects[0].hidden[0][1]' must be from 1 to 4, found 9"));
  CHECK_THAT(refused_object(key + R"("box": [0, 0, 1, 1] }, { "frame": 1, "box": [0, 0, 1, 1] } ], "static": true)"),
             Contains("'objects[0].static' is true, so the object needs one key; it has 2"));
  CHECK_THAT(refused_object(R"("masks": { "path": "a" })"),
             Contains("'objects[0].masks' needs one of 'label' and 'colour'"));
  CHECK_THAT(refused_object(R"("prompt": "none")"), Contains("'objects[0]' needs the key 'keys'"));
  CHECK_THAT(
      refused(kHead + R"("objects": [ { "name": "a", "boxes": [] } ], "camera": [ { "frame": 4, "zoom": 0 } ] })"),
      Contains("'camera[0].frame' must be from 0 to 3, found 4"));
}

TEST_CASE("a wrong number of frames does not make every list wrong", "[trajectory][message]") {
  const std::string told = refused(
      R"({ "format": "flashmotion-trajectory", "version": 2, "frames": 0, "width": 8, "height": 8,
    "objects": [ { "name": "a", "boxes": [[0, 0, 1, 1]] } ] })");
  CHECK_THAT(told, Contains("'frames' must be from 1 to 10000, found 0"));
  CHECK(told.find("entries") == std::string::npos);
}

TEST_CASE("ten thousand objects are refused in a sentence, a thousand are read", "[trajectory][message]") {
  std::string objects;
  const auto text = [&](int count) {
    objects.clear();
    for (int i = 0; i < count; ++i) {
      objects += fmt::format(R"({}{{ "name": "{}", "keys": [ {{ "frame": 0, "box": [0, 0, 1, 1] }} ] }})",
                             i == 0 ? "" : ", ", i);
    }
    return kHead + "\"objects\": [" + objects + "] }";
  };
  CHECK(flashmotion::parse_trajectory(text(1000), "x").objects.size() == 1000);
  CHECK_THAT(refused(text(10'000)), Contains("'objects' has 10000 objects; at most 1000 are read"));
  CHECK_THROWS_WITH(flashmotion::parse_trajectory(text(3), "x", {.objects = 10, .frames = 10, .keys = 2}),
                    Contains("has more than 2 keys"));
}

}  // namespace trajectory_shapes_test
