#include "flashmotion/trajectory/trajectory.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <ATen/Functions.h>

#include <string>

namespace trajectory_test {

using Catch::Matchers::Contains;
using flashmotion::Trajectory;

const std::string kGood = R"({
  "format": "flashmotion-trajectory", "version": 1,
  "frames": 9, "width": 32, "height": 32, "fps": 8,
  "objects": [
    { "name": "disc", "colour": "#f21a1a", "prompt": "red disc",
      "keys": [ { "frame": 2, "box": [0.0, 0.1, 0.2, 0.3] }, { "frame": 6, "box": [0.4, 0.1, 0.6, 0.5] } ] },
    { "name": "square", "keys": [ { "frame": 0, "box": [-0.5, 0, 0.5, 1.25] } ] }
  ]
})";

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refused(const std::string& text) {
  try {
    static_cast<void>(flashmotion::parse_trajectory(text, "x.traj.json"));
  } catch (const flashmotion::InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("a trajectory is read with its defaults and written back equal", "[trajectory][unit]") {
  const TempFolder folder;
  const Trajectory t = flashmotion::parse_trajectory(kGood, "x");
  CHECK(t.frames == 9);
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[0].colour == flashmotion::Colour{0xf2, 0x1a, 0x1a});
  CHECK(t.objects[1].prompt == "square");
  CHECK(flashmotion::colour_text(t.objects[1].colour) == "#1ad926");
  CHECK(flashmotion::prompt(t) == "red disc, square");
  CHECK(flashmotion::colours(t).select(0, 0).select(0, 0).item<float>() == Approx(0xf2 / 255.0));
  flashmotion::write_trajectory(folder / "a.traj.json", t);
  CHECK(flashmotion::read_trajectory(folder / "a.traj.json") == t);
  CHECK(flashmotion::parse_trajectory(flashmotion::trajectory_text(t), "x") == t);
  CHECK_THROWS_WITH(flashmotion::read_trajectory(folder / "none.traj.json"), Contains("cannot be read"));
}

TEST_CASE("boxes move linearly between keys and rest outside", "[trajectory][unit]") {
  const at::Tensor all = flashmotion::boxes(flashmotion::parse_trajectory(kGood, "x"), 9);
  REQUIRE(all.sizes() == at::IntArrayRef({2, 9, 4}));
  const auto side = [&](std::int64_t t, std::int64_t i) {
    return all.select(0, 0).select(0, t).select(0, i).item<float>();
  };
  CHECK(side(0, 0) == 0.0F);
  CHECK(side(2, 0) == 0.0F);
  CHECK(side(3, 0) == Approx(0.1));
  CHECK(side(4, 3) == Approx(0.4));
  CHECK(side(6, 2) == 0.6F);
  CHECK(side(8, 2) == 0.6F);
  CHECK(all.select(0, 1).select(1, 3).eq(1.25).all().item<bool>());
}

TEST_CASE("another number of frames retimes the boxes", "[trajectory][law]") {
  const Trajectory t = flashmotion::parse_trajectory(kGood, "x");
  const at::Tensor own = flashmotion::boxes(t, 9);
  const at::Tensor fine = flashmotion::boxes(t, 17);
  CHECK(fine.slice(1, 0, 17, 2).equal(own));
  CHECK(flashmotion::boxes(t, 5).equal(own.slice(1, 0, 9, 2)));
  CHECK(flashmotion::boxes(t, 1).equal(own.narrow(1, 0, 1)));
  CHECK_THROWS_AS(flashmotion::boxes(t, 0), flashmotion::InputError);
}

TEST_CASE("mistakes are told with line, column and path", "[trajectory][message]") {
  CHECK(refused(kGood) == "accepted");
  CHECK_THAT(refused(replaced("\"frames\": 9,", "\"frames\": 9")),
             Contains("x.traj.json:3:15: this is not valid JSON"));
  CHECK_THAT(refused(kGood.substr(0, 60)), Contains("x.traj.json:3:7: the text ends too early"));
  CHECK_THAT(refused(""), Contains("x.traj.json:1:1: the text ends too early"));
  CHECK_THAT(refused("[]"), Contains("must be an object in { }"));
  CHECK_THAT(refused(replaced("flashmotion-tr", "other-tr")), Contains("x.traj.json:2:13: 'format' must be"));
  CHECK_THAT(refused(replaced("\"version\": 1", "\"version\": 3")),
             Contains("x.traj.json:2:50: 'version' is 3: the file was made by a newer version of this program, which "
                      "reads 1 and 2; update it"));
  CHECK_THAT(refused(replaced("\"fps\"", "\"fbs\"")),
             Contains("x.traj.json:3:43: 'fbs' is not known; did you mean 'fps'?"));
  CHECK_THAT(refused(replaced("\"frames\": 9", "\"frames\": 9.5")),
             Contains("'frames' must be a whole number, found 9.5"));
  CHECK_THAT(refused(replaced("\"width\": 32", "\"width\": 0")), Contains("'width' must be from 1 to 16384, found 0"));
  CHECK_THAT(refused(replaced("\"width\": 32, ", "")), Contains("needs the key 'width'"));
  CHECK_THAT(refused(replaced("\"frame\": 6", "\"frame\": 2")),
             Contains("x.traj.json:6:73: 'objects[0].keys[1].frame' is 2, but the key before is at frame 2"));
  CHECK_THAT(refused(replaced("\"frame\": 6", "\"frame\": 9")),
             Contains("'objects[0].keys[1].frame' must be from 0 to 8"));
  CHECK_THAT(refused(replaced("0.2, 0.3]", "0.2]")), Contains("'objects[0].keys[0].box' must be four numbers"));
  CHECK_THAT(refused(replaced("[0.0, 0.1, 0.2", "[0.0, 0.1, 20")), Contains("lies far outside the picture (20)"));
  CHECK_THAT(refused(replaced("[0.0, 0.1, 0.2", "[0.3, 0.1, 0.2")), Contains("is empty: x0 must be below x1"));
  CHECK_THAT(refused(replaced("#f21a1a", "red")), Contains("must be a colour like \"#f21a1a\", found \"red\""));
  CHECK_THAT(refused(replaced("\"name\": \"disc\"", "\"name\": 7")), Contains("'objects[0].name' must be a text"));
  CHECK_THAT(refused(replaced("\"fps\": 8", "\"fps\": 8, \"fps\": 9")),
             Contains("x.traj.json:3:53: 'fps' is given twice"));
  CHECK_THAT(refused(replaced("\"fps\": 8", "\"fps\": -1")), Contains("'fps' must be a number from 0.1 to 1000"));
  CHECK_THAT(
      refused(
          R"({"format": "flashmotion-trajectory", "version": 1, "frames": 9, "width": 1, "height": 1, "objects": []})"),
      Contains("'objects' must be a list of at least one object"));
  CHECK_THAT(refused(R"({"format": "flashmotion-trajectory", "version": 1, "frames": 9, "width": 1, "height": 1,
                        "objects": [{"name": "a", "keys": []}]})"),
             Contains("'objects[0].keys' must be a list of at least one key"));
  CHECK_THAT(refused(std::string(100'000, '[') + std::string(100'000, ']')), Contains("nested far deeper"));
  CHECK_THROWS_WITH(flashmotion::parse_trajectory(kGood, "x", {.objects = 1}),
                    Contains("has 2 objects; at most 1 are read"));
}

TEST_CASE("all mistakes are told at once", "[trajectory][message]") {
  std::string text = replaced("\"width\": 32", "\"width\": 0");
  text.replace(text.find("#f21a1a"), 7, "red....");
  const std::string told = refused(text);
  CHECK_THAT(told, Contains("'width'"));
  CHECK_THAT(told, Contains("\nx.traj.json:5:33: 'objects[0].colour'"));
}

TEST_CASE("texts cut anywhere are refused and nothing breaks", "[trajectory][unit]") {
  for (std::size_t length = 0; length < kGood.size(); ++length) {
    INFO(length);
    CHECK(refused(kGood.substr(0, length)) != "accepted");
  }
}

}  // namespace trajectory_test
