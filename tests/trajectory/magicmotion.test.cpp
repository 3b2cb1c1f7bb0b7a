#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "flashmotion/trajectory/formats/magicmotion_colours.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"
#include "flashmotion/trajectory/retime.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace magicmotion_test {

using Catch::Matchers::Contains;
using flashmotion::Box;
using flashmotion::EasingKind;
using flashmotion::ForeignTrajectory;
using flashmotion::MapStyle;
using flashmotion::Trajectory;

constexpr std::int64_t kWidth = 360;
constexpr std::int64_t kHeight = 240;

// Two objects that cross, in colours of MagicMotion's tools; the second leaves the picture to the right.
Trajectory made() {
  Trajectory t;
  t.frames = 13;
  t.width = kWidth;
  t.height = kHeight;
  t.objects.push_back({.name = "object 1",
                       .colour = {128, 32, 32},
                       .prompt = "",
                       .keys = {{.frame = 0, .box = Box{0.05, 0.1, 0.3, 0.5}, .easing = {EasingKind::smooth, {}}},
                                {.frame = 12, .box = Box{0.5, 0.3, 0.8, 0.9}}}});
  t.objects.push_back(
      {.name = "object 2",
       .colour = {128, 80, 80},
       .prompt = "",
       .keys = {{.frame = 0, .box = Box{0.5, 0.4, 0.75, 0.8}}, {.frame = 12, .box = Box{0.9, 0.2, 1.15, 0.6}}}});
  return t;
}

// The largest difference of two boxes in pixels, of what lies in the picture.
double difference(const Trajectory& a, const Trajectory& b, std::int64_t frames, std::size_t object,
                  std::int64_t from) {
  const at::Tensor size = at::tensor({a.width, a.height, a.width, a.height}).to(at::kFloat);
  const auto seen = [&](const Trajectory& t) {
    return flashmotion::boxes(t, frames)[static_cast<std::int64_t>(object)].clamp(0, 1).mul(size).slice(0, from);
  };
  return (seen(a) - seen(b)).abs().max().item<double>();
}

ForeignTrajectory read(const std::filesystem::path& path) { return flashmotion::read_magicmotion(path, {}); }

TEST_CASE("boxes of a video that was drawn and compressed here come back within a pixel", "[trajectory][law]") {
  const TempFolder folder;
  const Trajectory t = made();
  for (const MapStyle style : {MapStyle::mask, MapStyle::box}) {
    const auto file = folder / fmt::format("{}.mp4", to_string(style));
    static_cast<void>(flashmotion::write_magicmotion(file, t, style));
    const Trajectory back = read(file).trajectory;
    CHECK(back.frames == 13);
    CHECK(back.width == kWidth);
    CHECK(back.height == kHeight);
    CHECK(back.fps == 8);
    REQUIRE(back.objects.size() == 2);
    CHECK(back.objects[0].colour == t.objects[0].colour);
    CHECK(back.objects[1].colour == t.objects[1].colour);
    // The second lies on the first, which is seen in part where they cross in filled maps.
    CHECK(difference(t, back, 13, 1, 0) <= 1);
    if (style == MapStyle::box) CHECK(difference(t, back, 13, 0, 0) <= 1);
    CHECK(back.objects[0].masks.has_value() == (style == MapStyle::mask));
  }
}

TEST_CASE("a sparse video has keys in the frames that are not black", "[trajectory][unit]") {
  const TempFolder folder;
  const Trajectory t = made();
  static_cast<void>(flashmotion::write_magicmotion(folder / "a.mp4", t, MapStyle::sparse_box));
  const ForeignTrajectory back = read(folder / "a.mp4");
  CHECK_THAT(back.notes.front(), Contains("'sparse_box'"));
  for (std::size_t k = 0; k < 2; ++k) {
    const auto& object = back.trajectory.objects[k];
    REQUIRE(object.keys.size() == 2);
    CHECK(object.keys[1].frame == 12);
    CHECK(object.hidden.empty());
  }
}

TEST_CASE("frames in a folder come back exactly, and an object that appears late is hidden before",
          "[trajectory][unit]") {
  const TempFolder folder;
  Trajectory t = made();
  t.objects[1].hidden = {{0, 4}};
  t.objects[1].keys[0].box = Box{0.5, 0.5, 0.75, 0.75};
  static_cast<void>(flashmotion::write_magicmotion(folder / "frames", t, MapStyle::box));
  CHECK(std::filesystem::exists(folder / "frames/annotated_frame_00012.png"));
  const ForeignTrajectory back = read(folder / "frames");
  REQUIRE(back.trajectory.objects.size() == 2);
  CHECK((back.trajectory.objects[1].hidden == t.objects[1].hidden));
  // A line is drawn at a whole pixel; boxes are float32.
  CHECK(difference(t, back.trajectory, 13, 0, 0) <= 0.5 + 1e-4);
  CHECK_THAT(back.notes.back(), Contains("1 of 2 objects appear after the first frame"));
  CHECK_THROWS_WITH(flashmotion::write_magicmotion(folder / "frames", t, MapStyle::box),
                    Contains("holds pictures already"));
}

TEST_CASE("a clip of one frame has masks", "[trajectory][unit]") {
  const TempFolder folder;
  const Trajectory t = flashmotion::retimed(made(), 1);
  static_cast<void>(flashmotion::write_magicmotion(folder / "a.mp4", t, MapStyle::box));
  const Trajectory back = read(folder / "a.mp4").trajectory;
  CHECK(back.frames == 1);
  CHECK(difference(t, back, 1, 1, 0) <= 1);
}

TEST_CASE("what is no trajectory video is refused", "[trajectory][message]") {
  const TempFolder folder;
  flashmotion::write_video(folder / "black.mp4", at::zeros({5, 32, 48, 3}, at::kByte), 8);
  CHECK_THROWS_WITH(read(folder / "black.mp4"), Contains("is no trajectory video: its first frame is black"));
  std::filesystem::create_directories(folder / "mixed");
  at::Tensor picture = at::zeros({8, 8, 3}, at::kByte);
  picture.slice(0, 2, 4).fill_(200);
  flashmotion::write_png(folder / "mixed/0.png", picture);
  flashmotion::write_png(folder / "mixed/1.png", at::zeros({8, 9, 3}, at::kByte));
  CHECK_THROWS_WITH(read(folder / "mixed"), Contains("frame 1 has 9x8 pixels, but frame 0 has 8x8"));
  std::filesystem::create_directories(folder / "empty");
  CHECK_THROWS_WITH(read(folder / "empty"), Contains("holds no pictures"));
  CHECK_THROWS_WITH(read(folder / "nothing.mp4"), Contains("there is no such file"));
}

TEST_CASE("damaged videos are refused with what is wrong", "[trajectory][message]") {
  const auto videos = test_data("video");
  if (!videos) FLASHMOTION_SKIP("the test data are not here");
  CHECK_THROWS_WITH(read(*videos / "damaged_truncated_no_moov.mp4"),
                    Contains("cannot be opened") || Contains("can be opened"));
  CHECK_THROWS_WITH(read(*videos / "damaged_middle_zeroed.mp4"),
                    Contains("is damaged, so its frames cannot be told by their number"));
  // Whole videos of something else are none either.
  CHECK_THROWS_WITH(read(*videos / "bikes_mpeg4_640x272_25fps.mp4"), Contains("a picture of many colours"));
  CHECK_THROWS_WITH(read(*videos / "carphone_h264_176x144_29.97fps.mp4"), Contains("a picture of many colours"));
}

// Read off the decoded frames by eye, from pictures at their own size: the middle of the lines of outlines, and the
// outermost pixels of masks. Where a side runs off the picture, the border.
struct ByEye {
  const char* file;
  std::int64_t frame;
  std::size_t object;
  std::array<double, 4> box;
};
constexpr std::array kByEye{
    ByEye{"box_trajectory/floatie", 20, 0, {258, 200, 886, 608}},
    ByEye{"box_trajectory/cartoon_wizard", 20, 0, {217, 81, 396, 418}},
    ByEye{"box_trajectory/cartoon_wizard", 20, 1, {330, 72, 524, 418}},
    ByEye{"box_trajectory/cartoon_wizard", 48, 0, {0, 81, 115, 418}},
    ByEye{"box_trajectory/cartoon_wizard", 48, 1, {610, 72, 720, 418}},
    ByEye{"box_trajectory/child_horse", 30, 0, {561, 370, 1080, 731}},
    ByEye{"box_trajectory/child_horse", 30, 1, {769, 278, 910, 583}},
    ByEye{"box_trajectory/priestess", 20, 0, {175, 19, 1128, 864}},
    ByEye{"box_trajectory/priestess", 20, 1, {543, 323, 782, 583}},
    ByEye{"mask_trajectory/mammoth_rhino", 20, 0, {443, 188, 785, 342}},
    ByEye{"mask_trajectory/mammoth_rhino", 20, 1, {217, 156, 473, 356}},
    ByEye{"sparse_box_trajectory/man_head", 48, 0, {412, 545, 863, 610}},
    ByEye{"sparse_box_trajectory/moon_castle", 20, 0, {251, 186, 494, 421}},
    ByEye{"sparse_box_trajectory/moon_castle", 20, 1, {757, 230, 1205, 657}},
    ByEye{"sparse_box_trajectory/moon_castle", 20, 2, {775, 191, 1204, 550}},
};

TEST_CASE("boxes of MagicMotion's own videos agree with what is seen in them", "[trajectory][golden][slow]") {
  const auto folder = test_data("trajectories/magicmotion");
  if (!folder) FLASHMOTION_SKIP("the test data are not here");
  std::string last;
  Trajectory t;
  for (const ByEye& seen : kByEye) {
    if (last != seen.file) t = read(*folder / (std::string(seen.file) + ".mp4")).trajectory;
    last = seen.file;
    INFO(seen.file << " frame " << seen.frame << " object " << seen.object + 1);
    REQUIRE(t.objects.size() > seen.object);
    const at::Tensor box =
        flashmotion::boxes(t, t.frames)[static_cast<std::int64_t>(seen.object)][seen.frame].clamp(0, 1);
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto size = static_cast<double>(i % 2 == 0 ? t.width : t.height);
      CHECK(std::abs(box[i].item<double>() * size - seen.box[static_cast<std::size_t>(i)]) <= 3);
    }
  }
}

TEST_CASE("the kinds and objects of MagicMotion's own videos are known", "[trajectory][golden][slow]") {
  const auto folder = test_data("trajectories/magicmotion");
  if (!folder) FLASHMOTION_SKIP("the test data are not here");
  struct Expected {
    const char* file;
    const char* kind;
    std::size_t objects;
    std::size_t keys;  // of the first object
  };
  // As the source states them: numbers of objects, and the frames of sparse videos that are not black.
  for (const Expected& expected :
       {Expected{"mask_trajectory/camel", "'mask'", 1, 49}, Expected{"mask_trajectory/mammoth_rhino", "'mask'", 2, 49},
        Expected{"box_trajectory/floatie", "'box'", 1, 49}, Expected{"box_trajectory/child_horse", "'box'", 2, 49},
        Expected{"sparse_box_trajectory/man_head", "'sparse_box'", 1, 3},
        Expected{"sparse_box_trajectory/moon_castle", "'sparse_box'", 3, 6}}) {
    INFO(expected.file);
    const ForeignTrajectory read_back = read(*folder / (std::string(expected.file) + ".mp4"));
    CHECK_THAT(read_back.notes.front(), Contains(expected.kind));
    CHECK(read_back.trajectory.frames == 49);
    CHECK(read_back.trajectory.fps == 8);
    REQUIRE(read_back.trajectory.objects.size() == expected.objects);
    CHECK(read_back.trajectory.objects[0].keys.size() == expected.keys);
  }
}

TEST_CASE("MagicMotion's colours are known though compression moved them", "[trajectory][unit]") {
  CHECK(flashmotion::magicmotion_number({127, 29, 28}) == 1);
  CHECK(flashmotion::magicmotion_number({126, 78, 76}) == 2);
  CHECK(flashmotion::magicmotion_number({124, 54, 21}) == 3);
  CHECK(flashmotion::nominal_colour({126, 78, 76}) == flashmotion::Colour{128, 80, 80});
  CHECK(flashmotion::nominal_colour({124, 54, 21}) == flashmotion::Colour{128, 59, 26});
  CHECK_FALSE(flashmotion::magicmotion_number({128, 0, 0}));
  CHECK(flashmotion::magicmotion_thickness(864, 1280) == 8);
  CHECK(flashmotion::magicmotion_thickness(64, 64) == 1);
}

}  // namespace magicmotion_test
