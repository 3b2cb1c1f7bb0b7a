#include "flashmotion/trajectory/path_words.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace path_words_test {

using Catch::Matchers::Contains;
using flashmotion::Box;
using flashmotion::EasingKind;
using flashmotion::Trajectory;
using flashmotion::TrajectoryObject;

Trajectory clip(std::int64_t frames = 49) {
  Trajectory t;
  t.frames = frames;
  t.width = 100;
  t.height = 100;
  return t;
}

TrajectoryObject object(const std::string& words, std::int64_t frames = 49) {
  return flashmotion::object_of_words(words, 0, clip(frames));
}

void check_box(const TrajectoryObject& object, std::size_t key, const Box& expected) {
  INFO("key " << key);
  REQUIRE(object.keys.size() > key);
  for (std::size_t i = 0; i < 4; ++i) CHECK((*object.keys[key].box)[i] == Approx(expected[i]));
}

TEST_CASE("words make a box that goes somewhere", "[trajectory][unit]") {
  const TrajectoryObject fox = object("red fox: 0.1 40% 0.3 0.7, right 0.5, smooth");
  CHECK(fox.name == "red fox");
  CHECK(fox.prompt == "red fox");
  CHECK_FALSE(fox.fixed);
  REQUIRE(fox.keys.size() == 2);
  check_box(fox, 0, {0.1, 0.4, 0.3, 0.7});
  check_box(fox, 1, {0.6, 0.4, 0.8, 0.7});
  CHECK(fox.keys[1].frame == 48);
  CHECK(fox.keys[0].easing.kind == EasingKind::smooth);
}

TEST_CASE("steps take time by how far they go, and waiting its share", "[trajectory][unit]") {
  const TrajectoryObject ball = object("ball: 0 0 0.2 0.2, right 0.6, wait 0.25, down 30%");
  REQUIRE(ball.keys.size() == 4);
  CHECK(ball.keys[1].frame == 24);  // two thirds of three quarters of 48
  CHECK(ball.keys[2].frame == 36);
  CHECK(ball.keys[3].frame == 48);
  check_box(ball, 2, {0.6, 0, 0.8, 0.2});
  check_box(ball, 3, {0.6, 0.3, 0.8, 0.5});
}

TEST_CASE("a step may go two ways, to a place, and change the size", "[trajectory][unit]") {
  check_box(object("a: 0 0 0.2 0.2, right 0.1 down 0.2"), 1, {0.1, 0.2, 0.3, 0.4});
  check_box(object("a: 0 0 0.2 0.2, to 0.5 0.5"), 1, {0.4, 0.4, 0.6, 0.6});
  check_box(object("a: 0 0 0.2 0.2, grow 2"), 1, {-0.1, -0.1, 0.3, 0.3});
  check_box(object("a: 0 0 0.2 0.2, left 0.1 up 0.1 shrink 2"), 1, {-0.05, -0.05, 0.05, 0.05});
}

TEST_CASE("one speed over several steps has a key in each frame", "[trajectory][unit]") {
  const TrajectoryObject a = object("a: 0 0 0.2 0.2, right 0.4, down 0.4, slow start");
  REQUIRE(a.keys.size() == 49);
  check_box(a, 48, {0.4, 0.4, 0.6, 0.6});
  // At half the time less than half of the way is done.
  CHECK((*a.keys[24].box)[0] < 0.4);
  CHECK((*a.keys[24].box)[1] == 0);
  double way = 0;
  for (std::size_t i = 1; i < a.keys.size(); ++i) {
    const Box& from = *a.keys[i - 1].box;
    const Box& to = *a.keys[i].box;
    CHECK(to[0] >= from[0]);
    CHECK(to[1] >= from[1]);
    way += std::abs(to[0] - from[0]) + std::abs(to[1] - from[1]);
  }
  CHECK(way == Approx(0.8));
}

TEST_CASE("colours and prompts may be said, and what has no step is an anchor", "[trajectory][unit]") {
  const TrajectoryObject a = object("a: 0 0 0.2 0.2, colour #102030, prompt a grey stone");
  CHECK(a.fixed);
  CHECK(a.keys.size() == 1);
  CHECK(a.colour == flashmotion::Colour{0x10, 0x20, 0x30});
  CHECK(a.prompt == "a grey stone");
  CHECK(flashmotion::object_of_words("b: 0 0 1 1", 2, clip()).colour == flashmotion::object_colour(2));
  CHECK(object("a: 0 0 0.2 0.2, right 0.5", 1).keys.size() == 1);
  // A speed of no way is none.
  CHECK((object("a: 0 0 0.2 0.2, slow start") == object("a: 0 0 0.2 0.2")));
}

TEST_CASE("the camera has words too", "[trajectory][unit]") {
  const auto keys = flashmotion::camera_of_words("pan 0.1 -20%, zoom 1.5, smooth", clip());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].zoom == 1);
  CHECK(keys[0].easing.kind == EasingKind::smooth);
  CHECK(keys[1].pan == flashmotion::Place{0.1, -0.2});
  CHECK(keys[1].zoom == 1.5);
  CHECK(keys[1].frame == 48);
  CHECK_THROWS_WITH(flashmotion::camera_of_words("tilt 3", clip()), Contains("say 'pan X Y', 'zoom F' or a speed"));
}

TEST_CASE("words that are not understood are named", "[trajectory][message]") {
  const auto refused = [](const std::string& words) {
    try {
      static_cast<void>(object(words, 9));
    } catch (const flashmotion::InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refused("fox 0 0 1 1"), Contains("say a name, a colon and the box"));
  CHECK_THAT(refused(": 0 0 1 1"), Contains("has no name"));
  CHECK_THAT(refused("fox: 0 0 1"), Contains("at '0 0 1': 'the box x0 y0 x1 y1' needs a number"));
  CHECK_THAT(refused("fox: 0 0 1 1 1"), Contains("'1' is one word too many"));
  CHECK_THAT(refused("fox: 0.5 0 0.2 1"), Contains("the box is empty"));
  CHECK_THAT(refused("fox: 100 100 200 200"), Contains("divide pixels by them"));
  CHECK_THAT(refused("fox: 0 0 1 1, rigt 0.5"), Contains("at 'rigt 0.5': 'rigt' is no step; did you mean 'right'?"));
  CHECK_THAT(refused("fox: 0 0 1 1, right"), Contains("'right' needs a number, such as 0.3 or 30%"));
  CHECK_THAT(refused("fox: 0 0 1 1, right nan"), Contains("found 'nan'"));
  CHECK_THAT(refused("fox: 0 0 1 1, right 9"), Contains("far out of the picture"));
  CHECK_THAT(refused("fox: 0 0 1 1, grow 0"), Contains("a factor above 0"));
  CHECK_THAT(refused("fox: 0 0 1 1, slow"), Contains("say 'slow start' or 'slow end'"));
  CHECK_THAT(refused("fox: 0 0 1 1, colour red"), Contains("a colour is written like #f21a1a"));
  CHECK_THAT(refused("fox: 0 0 1 1, , right 0.1"), Contains("nothing between two commas"));
  CHECK_THAT(refused("fox: 0 0 1 1, wait 0.6, right 0.1, wait 0.6"), Contains("waits for more than the whole clip"));
  CHECK_THAT(refused("fox: 0 0 1 1, right 0"), Contains("more steps than fit into 9 frames"));
}

}  // namespace path_words_test
