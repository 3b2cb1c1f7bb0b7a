#include "flashmotion/trajectory/formats/formats.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/npy.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"
#include "flashmotion/trajectory/formats/writers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <fstream>

namespace formats_test {

using Catch::Matchers::Contains;
using flashmotion::Box;
using flashmotion::ForeignSettings;
using flashmotion::ForeignTrajectory;
using flashmotion::FrameRange;
using flashmotion::Trajectory;
using Format = flashmotion::TrajectoryFormat;

constexpr ForeignSettings kPond{.width = 640, .height = 480};

template <class Read>
std::string refused(Read read) {
  try {
    static_cast<void>(read());
  } catch (const flashmotion::InputError& error) {
    return error.what();
  }
  return "accepted";
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

double difference(const Trajectory& a, const Trajectory& b, std::int64_t frames) {
  const at::Tensor size = at::tensor({a.width, a.height, a.width, a.height}).to(at::kFloat);
  return (flashmotion::boxes(a, frames) - flashmotion::boxes(b, frames)).mul(size).abs().max().item<double>();
}

TEST_CASE("MOT boxes count from one and become shares", "[trajectory][unit]") {
  const std::string text =
      "1,3,11,21,64,48,1,-1,-1,-1\r\n"
      "3, 3, 12, 22, 64, 48, 1, -1, -1, -1\n"
      "2,1,641,1,10,10,1,1,0.5\n"
      "2,7,5,5,10,10,0,1,1\n";
  const ForeignTrajectory read = flashmotion::parse_mot(text, "gt.txt", kPond);
  const Trajectory& t = read.trajectory;
  CHECK(t.frames == 3);
  CHECK(t.fps == 30);
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[0].name == "object 1");
  CHECK((t.objects[0].hidden == std::vector<FrameRange>{{0, 1}, {2, 3}}));
  CHECK(t.objects[0].keys[0].box == Box{1, 0, 650.0 / 640, 10.0 / 480});  // beyond the picture, and kept
  CHECK(t.objects[1].name == "object 3");
  CHECK((t.objects[1].hidden == std::vector<FrameRange>{{1, 2}}));
  CHECK(t.objects[1].keys[0].box == Box{10.0 / 640, 20.0 / 480, 74.0 / 640, 68.0 / 480});
  CHECK_THAT(read.notes.front(), Contains("1 boxes are marked"));
  const Trajectory back = flashmotion::parse_mot(flashmotion::mot_text(t), "x", kPond).trajectory;
  CHECK(difference(t, back, 3) < 0.01);
  CHECK((back.objects[1].hidden == t.objects[1].hidden));
}

TEST_CASE("wrong lines of MOT files are told with their number", "[trajectory][message]") {
  const auto told = [](const std::string& line) {
    return refused([&] { return flashmotion::parse_mot("1,1,1,1,5,5,1\n\n" + line, "gt.txt", kPond); });
  };
  CHECK_THAT(told("2,1,1,1,5"), Contains("gt.txt:3: a line needs frame, id, left, top, width and height, found 5"));
  CHECK_THAT(told("2,1,nan,1,5,5"), Contains("gt.txt:3: field 3 must be a number, found 'nan'"));
  CHECK_THAT(told("2,1,1,1,0,5"), Contains("gt.txt:3: the box is empty: its width is 0"));
  CHECK_THAT(told("0,1,1,1,5,5"), Contains("a whole number from 1 to 10000, found 0"));
  CHECK_THAT(told("1.5,1,1,1,5,5"), Contains("found 1.5"));
  CHECK_THAT(told("2,-1,1,1,5,5"), Contains("track them first"));
  CHECK_THAT(told("1,1,1,1,5,5"), Contains("object 1 is in frame 1 twice"));
  CHECK_THAT(told("2,1,1e9,1,5,5"), Contains("no place in or near a picture of 640x480"));
  CHECK_THAT(refused([] { return flashmotion::parse_mot("\n", "gt.txt", kPond); }), Contains("holds no boxes"));
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += fmt::format("1,{},1,1,5,5,1\n", i);
  CHECK_THAT(refused([&] { return flashmotion::parse_mot(many, "gt.txt", kPond); }),
             Contains("gt.txt:1001: the file has more than 1000 objects"));
}

TEST_CASE("a sequence's settings tell size, rate and length of a MOT file", "[trajectory][unit]") {
  const TempFolder folder;
  write(folder / "seq/gt/gt.txt", "1,1,1,1,5,5,1\n");
  CHECK_THAT(refused([&] { return flashmotion::read_foreign(folder / "seq/gt/gt.txt", Format::mot); }),
             Contains("give it by --size WIDTHxHEIGHT"));
  write(folder / "seq/seqinfo.ini", "[Sequence]\nname=a\nframeRate=25\nseqLength=9\nimWidth=100\nimHeight=50\n");
  const Trajectory t = flashmotion::read_foreign(folder / "seq/gt/gt.txt", Format::mot).trajectory;
  CHECK(t.width == 100);
  CHECK(t.fps == 25);
  CHECK(t.frames == 9);
  CHECK((t.objects[0].hidden == std::vector<FrameRange>{{1, 9}}));
}

TEST_CASE("paths of Tora lie on a canvas of 256", "[trajectory][unit]") {
  const Trajectory t = flashmotion::parse_tora("0,128\n64, 256\n64, 256", "a.txt", {}).trajectory;
  CHECK(t.frames == 3);
  REQUIRE(t.objects.size() == 1);
  CHECK(t.objects[0].keys[0].points[0] == flashmotion::Place{0, 0.5});
  CHECK(t.objects[0].keys[2].points[0] == flashmotion::Place{0.25, 1});
  const auto told = [](const std::string& text) {
    return refused([&] { return flashmotion::parse_tora(text, "a.txt", {}); });
  };
  CHECK_THAT(told("1,2\n3\n"), Contains("a.txt:2: a line needs two numbers"));
  CHECK_THAT(told("1,2\n\n3,x\n"), Contains("a.txt:3: 'x' is no number"));
  CHECK_THAT(told("1,99999\n"), Contains("far outside the canvas"));
  CHECK_THAT(told(""), Contains("holds no points"));
}

TEST_CASE("tracks with visibility become objects that hide", "[trajectory][unit]") {
  const at::Tensor places =
      at::tensor({0.0, 0.0, 320.0, 240.0, 64.0, 48.0, 640.0, 480.0}, at::kDouble).reshape({1, 2, 2, 2});
  const at::Tensor seen = at::tensor({1.0, 0.0, 1.0, 1.0}, at::kDouble).reshape({1, 2, 2});
  const Trajectory t = flashmotion::trajectory_of_tracks(places, seen, "x", kPond).trajectory;
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[0].keys[1].points[0] == flashmotion::Place{0.1, 0.1});
  CHECK((t.objects[1].hidden == std::vector<FrameRange>{{0, 1}}));
  const auto tracks = flashmotion::point_tracks(t, 2);
  CHECK(at::allclose(tracks.places.to(at::kDouble).mul(seen.unsqueeze(-1)), places.mul(seen.unsqueeze(-1)), 0, 1e-4));
  CHECK(tracks.visibility.equal(seen.gt(0)));
  // Without the batch, as other programs write them.
  CHECK(flashmotion::trajectory_of_tracks(places[0], at::Tensor(), "x", kPond).trajectory.objects.size() == 2);
  const auto told = [&](const at::Tensor& a, const at::Tensor& b) {
    return refused([&] { return flashmotion::trajectory_of_tracks(a, b, "x", kPond); });
  };
  CHECK_THAT(told(places[0][0], {}), Contains("'x' has the shape [2, 2], expected [1, T, N, 2]"));
  CHECK_THAT(told(places, at::ones({1, 3, 2}, at::kDouble)), Contains("its visibility 2 in 3"));
  CHECK_THAT(told(places, at::zeros({1, 2, 2}, at::kDouble)), Contains("shows no point in any frame"));
  CHECK_THAT(told(places.div(0.0), {}), Contains("point 1 in frame 0 lies at ("));
  CHECK_THAT(told(at::zeros({1, 2, 10'000, 2}, at::kDouble), {}), Contains("at most 1000 points"));
}

TEST_CASE("boxes of SG-I2V keep their size, and one that rests is an anchor", "[trajectory][unit]") {
  at::Tensor boxes = at::zeros({2, 16, 2}, at::kDouble);
  for (std::int64_t n = 0; n < 2; ++n) {
    boxes[n][0].copy_(at::tensor({100.0, 100.0}));
    boxes[n][1].copy_(at::tensor({200.0, 180.0}));
    for (std::int64_t i = 2; i < 16; ++i)
      boxes[n][i].copy_(at::tensor({150.0 + static_cast<double>(n * (i - 2)) * 10, 140.0}));
  }
  const ForeignSettings size{.width = 1024, .height = 576};
  const Trajectory t = flashmotion::trajectory_of_sg_i2v(boxes, "x", size).trajectory;
  CHECK(t.objects[0].fixed);
  CHECK_FALSE(t.objects[1].fixed);
  CHECK((*t.objects[1].keys[13].box)[0] * 1024 == Approx(230));
  CHECK((*t.objects[1].keys[13].box)[3] * 576 == Approx(180));
  std::vector<std::string> notes;
  CHECK(at::allclose(flashmotion::sg_i2v_boxes(t, notes), boxes, 0, 1e-9));
  CHECK(notes.empty());
  boxes[1][1].copy_(at::tensor({50.0, 180.0}));
  CHECK_THAT(refused([&] { return flashmotion::trajectory_of_sg_i2v(boxes, "x", size); }), Contains("box 2 is empty"));
  CHECK_THAT(refused([&] { return flashmotion::trajectory_of_sg_i2v(boxes[0], "x", size); }),
             Contains("has the shape [16, 2], expected [N, 16, 2]"));
}

TEST_CASE("masklets of SA-V become boxes and masks", "[trajectory][unit]") {
  const auto text = [](const std::string& masks) {
    return R"({"video_id": "sav_1", "video_frame_count": 8.0, "video_height": 2.0, "video_width": 3.0, "masklet_id": [4, 9],
               "masklet": )" +
           masks + "}";
  };
  const std::string good = R"([[{"size": [2, 3], "counts": "231"}, {"size": [2, 3], "counts": [6]}],
                               [{"size": [2, 3], "counts": [0, 6]}, {"size": [2, 3], "counts": [4, 2]}]])";
  const ForeignTrajectory read = flashmotion::parse_sav(text(good), "a.json", {});
  const Trajectory& t = read.trajectory;
  CHECK(t.frames == 2);
  CHECK(t.fps == 6);
  CHECK(t.width == 3);
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[1].name == "object 9");
  CHECK(t.objects[0].keys[0].mask == flashmotion::RleMask{2, 3, {2, 3, 1}});
  CHECK(t.objects[0].keys[0].box == Box{1.0 / 3, 0, 1, 1});
  CHECK((t.objects[1].hidden == std::vector<FrameRange>{{0, 1}}));
  CHECK_THAT(read.notes.front(), Contains("every 4th frame"));
  const auto told = [&](const std::string& masks) {
    return refused([&] { return flashmotion::parse_sav(text(masks), "a.json", {}); });
  };
  CHECK_THAT(told(R"([[{"size": [2, 3], "counts": "23"}]])"),
             Contains("'masklet[0][0]' is damaged: runs of a mask add up"));
  CHECK_THAT(told(R"([[{"size": [4, 3], "counts": [12]}]])"), Contains("has 3x4 pixels, but the video has 3x2"));
  CHECK_THAT(told(R"([[{"size": [2, 3], "counts": [6]}], []])"),
             Contains("'masklet[1]' has 0 masks, but the first frame has 1"));
  CHECK_THAT(told(R"([[{"size": [2, 3], "counts": [6]}]])"), Contains("shows no object in any frame"));
}

TEST_CASE("palette masks become boxes that name their masks", "[trajectory][unit]") {
  const TempFolder folder;
  for (int i = 0; i < 3; ++i) {
    at::Tensor labels = at::zeros({10, 20}, at::kByte);
    labels.slice(0, 2, 6).slice(1, 4 + i, 10 + i).fill_(1);
    if (i == 1) labels.slice(0, 8, 9).slice(1, 0, 1).fill_(5);
    std::filesystem::create_directories(folder / "masks");
    flashmotion::write_mask_png(folder / fmt::format("masks/{:05d}.png", i), labels);
  }
  const Trajectory t = flashmotion::read_foreign(folder / "masks", Format::davis).trajectory;
  CHECK(t.frames == 3);
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[0].keys[2].box == Box{6.0 / 20, 0.2, 12.0 / 20, 0.6});
  CHECK((t.objects[1].hidden == std::vector<FrameRange>{{0, 1}, {2, 3}}));
  REQUIRE(t.objects[1].masks);
  CHECK(t.objects[1].masks->label == 5);
  // A file beside them finds them again.
  std::filesystem::create_directories(folder / "sub");
  static_cast<void>(flashmotion::write_foreign(folder / "sub/a.traj.json", t, Format::flashmotion));
  flashmotion::write_mask_png(folder / "masks/00003.png", at::zeros({10, 21}, at::kByte));
  CHECK_THAT(refused([&] { return flashmotion::read_foreign(folder / "masks", Format::davis); }),
             Contains("00003.png' has 21x10 pixels, but '00000.png' has 20x10"));
}

TEST_CASE("MagicData is read clip by clip", "[trajectory][unit]") {
  const TempFolder folder;
  Trajectory t;
  t.frames = 5;
  t.width = 64;
  t.height = 48;
  t.objects.push_back({.name = "a", .colour = {128, 32, 32}, .keys = {{.frame = 0, .box = Box{0, 0, 0.5, 0.5}}}});
  for (const char* path : {"masks/x1", "boxs/x1", "boxs/x2"}) {
    const auto style =
        std::string(path).starts_with("masks") ? flashmotion::MapStyle::mask : flashmotion::MapStyle::box;
    static_cast<void>(flashmotion::write_magicmotion(folder / path, t, style));
  }
  write(folder / "MagicData.csv", "path,text,num_frames\nvideos/x1.mp4,\"a fox, \"\"red\"\"\",5\nvideos/x2.mp4,,7\n");
  CHECK(flashmotion::guess_format(folder.path()) == Format::magicdata);
  CHECK_THAT(refused([&] { return flashmotion::read_foreign(folder.path(), Format::magicdata); }),
             Contains("holds 2 clips; name one, as in --clip x1"));
  CHECK_THAT(refused([&] { return flashmotion::read_foreign(folder.path(), Format::magicdata, {.clip = "x3"}); }),
             Contains("holds no clip 'x3'"));
  const ForeignTrajectory one = flashmotion::read_foreign(folder.path(), Format::magicdata, {.clip = "x1"});
  CHECK(one.trajectory.prompt == "a fox, \"red\"");
  CHECK(one.trajectory.objects[0].masks);
  const ForeignTrajectory two = flashmotion::read_foreign(folder / "boxs/x2", Format::magicdata);
  CHECK_FALSE(two.trajectory.objects[0].masks);
  CHECK_THAT(two.notes.back(), Contains("says that the clip has 7 frames, but 5 are annotated"));
  const auto csv = [](const std::string& text) {
    return refused([&] { return flashmotion::parse_magicdata_csv(text, "m.csv"); });
  };
  CHECK_THAT(csv("a,b\n1,2\n"), Contains("m.csv:1: there is no column 'path'"));
  CHECK_THAT(csv("path,text\nx,a, b\n"), Contains("m.csv:2: this row has 3 fields, but there are 2 columns"));
  CHECK_THAT(csv("path,num_frames\nx,many\n"), Contains("m.csv:2: 'num_frames' must be a number of frames"));
  CHECK_THAT(csv("path\n\"x\n"), Contains("m.csv:2: a quotation mark is not closed"));
  CHECK_THAT(csv(""), Contains("is empty"));
}

TEST_CASE("formats that are read only say so, and names say what they are", "[trajectory][message]") {
  const TempFolder folder;
  CHECK_THAT(refused([&] { return flashmotion::write_foreign(folder / "x", {}, Format::davis); }),
             Contains("'davis' is a format that is read and not written"));
  CHECK(flashmotion::format_of_name("a.traj.json") == Format::flashmotion);
  CHECK(flashmotion::format_of_name("a.MP4") == Format::magicmotion);
  CHECK(flashmotion::format_of_name("a/traj.npy") == Format::sg_i2v);
  CHECK(flashmotion::format_of_name("a_tracks.npy") == Format::wan_move);
  CHECK_FALSE(flashmotion::format_of_name("a.npy"));
  CHECK_THAT(refused([&] { return flashmotion::guess_format(folder / "none"); }), Contains("no such file or folder"));
}

TEST_CASE("real files of each format are known, read, and survive a round trip", "[trajectory][golden]") {
  const auto data = test_data("trajectories");
  if (!data) FLASHMOTION_SKIP("the test data are not here");
  const TempFolder folder;
  struct Case {
    const char* file;
    Format format;
    std::int64_t frames, width, height;
    std::size_t objects;
    const char* out;   // name of the written file; empty: the format is read only
    double tolerance;  // pixels
  };
  // Sizes are those of the pictures beside the files. Written numbers are float64, or float32 of numbers to 1350.
  for (const Case& c : {Case{"ati/fish.pth", Format::ati, 121, 724, 1086, 8, "fish.pth", 1e-3},
                        Case{"ati/deco.pth", Format::ati, 121, 1080, 1350, 2, "deco.pth", 1e-3},
                        Case{"wan_move/example_tracks.npy", Format::wan_move, 81, 832, 480, 1, "a_tracks.npy", 1e-3},
                        Case{"sg_i2v/37/traj.npy", Format::sg_i2v, 14, 1024, 576, 4, "traj.npy", 1e-3},
                        Case{"sg_i2v/15/traj.npy", Format::sg_i2v, 14, 1024, 576, 3, "traj.npy", 1e-3},
                        Case{"tora/dance.txt", Format::tora, 57, 720, 480, 1, "", 0},
                        Case{"tora/spiral.txt", Format::tora, 24, 720, 480, 1, "", 0}}) {
    INFO(c.file);
    CHECK(flashmotion::guess_format(*data / c.file) == c.format);
    const Trajectory t = flashmotion::read_foreign(*data / c.file, c.format).trajectory;
    CHECK(t.frames == c.frames);
    CHECK(t.width == c.width);
    CHECK(t.height == c.height);
    CHECK(t.objects.size() == c.objects);
    // Through our own file nothing changes.
    CHECK(flashmotion::parse_trajectory(flashmotion::trajectory_text(t), "x") == t);
    if (std::string(c.out).empty()) continue;
    static_cast<void>(flashmotion::write_foreign(folder / c.out, t, c.format));
    const ForeignSettings size{.width = c.width, .height = c.height};
    const Trajectory back = flashmotion::read_foreign(folder / c.out, c.format, size).trajectory;
    CHECK(back.objects.size() == t.objects.size());
    CHECK(difference(t, back, c.frames) <= c.tolerance);
    for (std::size_t k = 0; k < back.objects.size(); ++k) CHECK((back.objects[k].hidden == t.objects[k].hidden));
  }
}

TEST_CASE("the numbers in real files are what their sources state", "[trajectory][golden]") {
  const auto data = test_data("trajectories");
  if (!data) FLASHMOTION_SKIP("the test data are not here");
  // Visible steps of ATI's tracks.
  const Trajectory fish = flashmotion::read_foreign(*data / "ati/fish.pth", Format::ati).trajectory;
  const std::vector<std::size_t> steps = {121, 119, 92, 120, 15, 50, 11, 23};
  for (std::size_t k = 0; k < steps.size(); ++k) CHECK(fish.objects[k].keys.size() == steps[k]);
  // Wan-Move's first and last place, in pixels.
  const Trajectory track =
      flashmotion::read_foreign(*data / "wan_move/example_tracks.npy", Format::wan_move).trajectory;
  CHECK(track.objects[0].keys.front().points[0][0] * 832 == Approx(481.0).margin(0.05));
  CHECK(track.objects[0].keys.back().points[0][1] * 480 == Approx(253.1).margin(0.05));
  // Boxes that do not move: 2 of 4 in 37, 2 of 3 in 126, 1 of 3 in 72.
  for (const auto& [name, rest] : {std::pair{"37", 2}, {"126", 2}, {"72", 1}}) {
    const Trajectory t = flashmotion::read_foreign(*data / "sg_i2v" / name / "traj.npy", Format::sg_i2v).trajectory;
    CHECK(std::count_if(t.objects.begin(), t.objects.end(), [](const auto& object) { return object.fixed; }) == rest);
  }
}

TEST_CASE("masks of real clips become boxes", "[trajectory][golden]") {
  const auto data = test_data("clips");
  if (!data) FLASHMOTION_SKIP("the test data are not here");
  CHECK(flashmotion::guess_format(*data / "mammoth_rhino/masks") == Format::davis);
  const Trajectory t = flashmotion::read_foreign(*data / "mammoth_rhino/masks", Format::davis).trajectory;
  CHECK(t.frames == 49);
  CHECK(t.width == 432);
  REQUIRE(t.objects.size() == 2);
  CHECK(t.objects[0].colour == flashmotion::Colour{128, 32, 32});
  CHECK(t.objects[1].colour == flashmotion::Colour{128, 80, 80});
  const Trajectory camel = flashmotion::read_foreign(*data / "camel/masks", Format::davis).trajectory;
  REQUIRE(camel.objects.size() == 1);
  CHECK(camel.objects[0].masks->label == 255);
}

}  // namespace formats_test
