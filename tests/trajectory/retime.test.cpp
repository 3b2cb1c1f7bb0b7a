#include "flashmotion/trajectory/retime.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <ATen/ops/allclose.h>

#include <ATen/Functions.h>

namespace retime_test {

using flashmotion::Box;
using flashmotion::EasingKind;
using flashmotion::retimed;
using flashmotion::Trajectory;

Trajectory clip() {
  Trajectory t;
  t.frames = 49;
  t.width = 64;
  t.height = 32;
  t.camera = {{.frame = 0}, {.frame = 48, .pan = {0.1, 0.2}, .zoom = 1.3}};
  t.objects.push_back({.name = "a",
                       .keys = {{.frame = 0, .box = Box{0, 0, 0.2, 0.2}, .easing = {EasingKind::smooth, {}}},
                                {.frame = 24, .box = Box{0.4, 0, 0.6, 0.3}},
                                {.frame = 48, .box = Box{0.4, 0.5, 0.6, 0.9}}},
                       .hidden = {{10, 20}}});
  t.objects.push_back({.name = "b", .keys = {{.frame = 0, .points = {{0.5, 0.5}}}, {.frame = 7, .points = {{1, 1}}}}});
  t.objects.push_back({.name = "c", .keys = {{.frame = 3, .box = Box{0, 0, 1, 1}}}, .fixed = true});
  return t;
}

TEST_CASE("retiming and then asking is asking for so many frames", "[trajectory][law]") {
  const Trajectory t = clip();
  for (const std::int64_t frames : {97, 121, 81, 25, 13, 2, 1}) {
    INFO(frames);
    const Trajectory other = retimed(t, frames);
    CHECK(other.frames == frames);
    CHECK(at::allclose(flashmotion::boxes(other, frames), flashmotion::boxes(t, frames), 0, 1e-6));
    // What comes out is a good trajectory.
    CHECK(flashmotion::parse_trajectory(flashmotion::trajectory_text(other), "x") == other);
  }
}

TEST_CASE("keys that fall on frames stay keys", "[trajectory][unit]") {
  const Trajectory twice = retimed(clip(), 97);
  REQUIRE(twice.objects[0].keys.size() == 3);
  CHECK(twice.objects[0].keys[1].frame == 48);
  CHECK(twice.objects[0].keys[0].easing.kind == EasingKind::smooth);
  CHECK(twice.camera[1].frame == 96);
  CHECK(retimed(twice, 49) == clip());
  // Frame 24 of 49 is none of 81's when a seventh is not: object b is spread over all frames.
  const Trajectory odd = retimed(clip(), 81);
  CHECK(odd.objects[0].keys.size() == 3);
  CHECK(odd.objects[1].keys.size() == 81);
  CHECK(odd.objects[2].keys.size() == 1);
}

TEST_CASE("an object that is hidden in all frames that are left keeps a place", "[trajectory][unit]") {
  Trajectory t = clip();
  t.objects[0].hidden = {{0, 47}};
  const Trajectory one = retimed(t, 1);
  CHECK(one.objects[0].keys.size() == 1);
  CHECK(flashmotion::boxes(one, 1).select(0, 0).eq(0).all().item<bool>());
}

TEST_CASE("a number of frames that is none is refused", "[trajectory][message]") {
  CHECK_THROWS_WITH(retimed(clip(), 0), Catch::Matchers::Contains("cannot have 0 frames; 1 to 10000"));
  CHECK_THROWS_AS(retimed(clip(), 10'001), flashmotion::InputError);
}

}  // namespace retime_test
