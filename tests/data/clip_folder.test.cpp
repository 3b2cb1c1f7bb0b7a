#include "flashmotion/data/clip_folder.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <string>

namespace clip_folder_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::ClipBatch;
using flashmotion::ClipFolder;
using flashmotion::ClipFolderConfig;
using flashmotion::Rng;
using flashmotion::Split;

// A grey picture whose object, a square of 16 pixels, is 2 pixels further right in each frame.
at::Tensor picture(std::int64_t t) {
  at::Tensor frame = at::full({64, 64, 3}, 60, at::kByte);
  frame.narrow(0, 8, 16).narrow(1, 2 * t, 16).fill_(200);
  return frame;
}

at::Tensor mask(std::int64_t t, std::int64_t label = 1) {
  at::Tensor labels = at::zeros({64, 64}, at::kByte);
  labels.narrow(0, 8, 16).narrow(1, 2 * t, 16).fill_(label);
  return labels;
}

void make_clip(const fs::path& folder, std::int64_t frames) {
  fs::create_directories(folder / "frames");
  fs::create_directories(folder / "masks");
  for (std::int64_t t = 0; t < frames; ++t) {
    flashmotion::write_png(folder / "frames" / fmt::format("{}.png", t), picture(t));
    flashmotion::write_mask_png(folder / "masks" / fmt::format("{}.png", t), mask(t));
  }
}

ClipFolderConfig config(const TempFolder& folder) {
  ClipFolderConfig c;
  c.folder = folder.path().string();
  c.frames = 5;
  c.stride = 2;
  return c;
}

std::string reason(const ClipFolder& data, const std::string& clip) {
  for (const auto& skipped : data.folder_report()) {
    if (skipped.clip == clip) return skipped.reason;
  }
  return "not skipped";
}

TEST_CASE("clips come with boxes and masks from their masks", "[data][unit]") {
  const TempFolder folder;
  make_clip(folder / "grey-square", 12);
  const ClipFolder data(config(folder));
  CHECK(data.spec().frames == 5);
  CHECK(data.spec().max_objects == 2);
  CHECK(data.folder_report().empty());
  Rng rng(1, "clips");
  const ClipBatch batch = data.draw({.count = 3, .split = Split::evaluation}, rng);
  CHECK(batch.video.sizes() == at::IntArrayRef({3, 3, 5, 32, 32}));
  CHECK(batch.masks.sizes() == at::IntArrayRef({3, 2, 5, 32, 32}));
  CHECK(batch.boxes.sizes() == at::IntArrayRef({3, 2, 5, 4}));
  CHECK(batch.valid.equal(at::tensor({1, 0}).to(at::kBool).expand({3, 2})));
  CHECK(batch.prompts == std::vector<std::string>(3, "grey square"));
  // 12 frames, 9 needed: starts 0 to 3, the middle is 2, so the square begins 4 of 64 pixels from the left.
  const at::Tensor first = at::tensor({4.0 / 64, 8.0 / 64, 20.0 / 64, 24.0 / 64}, at::kFloat);
  CHECK(batch.boxes.select(0, 0).select(0, 0).select(0, 0).allclose(first));
  const at::Tensor last = at::tensor({20.0 / 64, 8.0 / 64, 36.0 / 64, 24.0 / 64}, at::kFloat);
  CHECK(batch.boxes.select(0, 0).select(0, 0).select(0, 4).allclose(last));
  const at::Tensor bright = batch.video.select(1, 0).gt(0.0);
  CHECK(bright.equal(batch.masks.select(1, 0)));
  CHECK(batch.boxes.select(1, 1).abs().sum().item<float>() == 0.0F);
  CHECK(batch.video.min().item<float>() >= -1.0F);
}

TEST_CASE("training varies start and side, and boxes follow the flip", "[data][law]") {
  const TempFolder folder;
  make_clip(folder / "a", 14);
  const ClipFolder data(config(folder));
  Rng rng(5, "clips");
  const ClipBatch batch = data.draw({.count = 24}, rng);
  const at::Tensor way = batch.boxes.select(1, 0).select(2, 0);  // x0, [B, F]
  const at::Tensor right = way.select(1, 4).gt(way.select(1, 0));
  CHECK(right.any().item<bool>());
  CHECK_FALSE(right.all().item<bool>());
  CHECK(batch.video.select(1, 0).gt(0.0).equal(batch.masks.select(1, 0)));
  // The mask's extent is the box, flipped or not.
  const at::Tensor columns = batch.masks.select(1, 0).any(2).to(at::kFloat);  // [B, F, W]
  const at::Tensor centre = columns.mul(at::arange(32).add(0.5)).sum(2).div(columns.sum(2)).div(32.0);
  const at::Tensor boxes = batch.boxes.select(1, 0);
  CHECK(centre.allclose(boxes.select(2, 0).add(boxes.select(2, 2)).div(2.0), 0, 1e-5));
  Rng same(5, "clips");
  CHECK(data.draw({.count = 24}, same).video.equal(batch.video));
}

TEST_CASE("damaged and short clips are listed with their reasons", "[data][message]") {
  const TempFolder folder;
  make_clip(folder / "good", 12);
  make_clip(folder / "short", 6);
  make_clip(folder / "torn", 12);
  flashmotion::write_file_atomically((folder / "torn/frames/3.png").string(), "not a picture");
  make_clip(folder / "few-masks", 12);
  fs::remove(folder / "few-masks/masks/11.png");
  make_clip(folder / "shifted", 12);
  fs::rename(folder / "shifted/masks/0.png", folder / "shifted/masks/12.png");
  make_clip(folder / "blank", 12);
  for (int t = 0; t < 12; ++t)
    flashmotion::write_mask_png(folder / fmt::format("blank/masks/{}.png", t), at::zeros({64, 64}, at::kByte));
  fs::create_directories(folder / "other");
  const ClipFolder data(config(folder));
  CHECK(data.clips(Split::train) == std::vector<std::string>{"good"});
  CHECK(data.folder_report().size() == 6);
  CHECK_THAT(reason(data, "short"), Contains("it has 6 frames; 5 frames at stride 2 need 9"));
  CHECK_THAT(reason(data, "torn"), Contains("3.png"));
  CHECK_THAT(reason(data, "few-masks"), Contains("it has 12 frames and 11 masks"));
  CHECK_THAT(reason(data, "shifted"), Contains("frame '0.png' stands beside mask '1.png'"));
  CHECK_THAT(reason(data, "blank"), Contains("show no object"));
  CHECK_THAT(reason(data, "other"), Contains("no pictures in 'frames'"));
}

TEST_CASE("a folder without a good clip is an error that explains the layout", "[data][message]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(ClipFolder(config(folder)),
                    Contains("holds no clip that can be used") && Contains("CLIP/frames/*.jpg"));
  make_clip(folder / "short", 3);
  CHECK_THROWS_WITH(ClipFolder(config(folder)), Contains("short: it has 3 frames"));
  ClipFolderConfig c = config(folder);
  c.folder = (folder / "none").string();
  CHECK_THROWS_WITH(ClipFolder(c), Contains("is not a folder"));
  c = config(folder);
  c.frames = 8;
  CHECK_THROWS_WITH(ClipFolder(c), Contains("use 5 or 9"));
  c = config(folder);
  c.max_objects = 7;
  CHECK_THROWS_AS(ClipFolder(c), flashmotion::InputError);
}

TEST_CASE("videos with mask folders are clips; prompts come from files", "[data][unit]") {
  const TempFolder folder;
  flashmotion::VideoWriter writer(folder / "film.mp4", 64, 64, 8);
  fs::create_directories(folder / "film_masks");
  fs::create_directories(folder / "masks/second");
  for (std::int64_t t = 0; t < 12; ++t) {
    writer.add(picture(t));
    // Another label and a second, smaller object in half of the frames.
    at::Tensor labels = mask(t, 7);
    if (t >= 6) labels.narrow(0, 40, 8).narrow(1, 40, 8).fill_(3);
    flashmotion::write_mask_png(folder / fmt::format("film_masks/{:03}.png", t), labels);
    flashmotion::write_mask_png(folder / fmt::format("masks/second/{:03}.png", t), mask(t));
  }
  writer.finish();
  fs::copy_file(folder / "film.mp4", folder / "second.mp4");
  flashmotion::write_file_atomically((folder / "second.txt").string(), "  a bright square\n");
  const ClipFolder data(config(folder));
  CHECK(data.folder_report().empty());
  CHECK(data.clips(Split::train) == std::vector<std::string>{"film"});
  CHECK(data.clips(Split::evaluation) == std::vector<std::string>{"second"});
  Rng rng(1, "clips");
  const ClipBatch second = data.draw({.count = 1, .split = Split::evaluation}, rng);
  CHECK(second.prompts[0] == "a bright square");
  const at::Tensor bright = second.video.select(1, 0).gt(0.0);
  CHECK(bright.ne(second.masks.select(1, 0)).sum().item<int>() < 40);  // coding blurs edges
  const ClipBatch two = data.draw({.count = 4, .objects = 2}, rng);
  CHECK(two.valid.all().item<bool>());
  // The second object has no box in the frames before it is seen.
  const at::Tensor hidden = two.boxes.select(1, 1).select(2, 2).eq(0);
  CHECK(hidden.any().item<bool>());
  CHECK_FALSE(two.masks.select(1, 1).any(-1).any(-1).logical_and(hidden).any().item<bool>());
  CHECK_THROWS_WITH(data.draw({.count = 1, .objects = 2, .split = Split::evaluation}, rng),
                    Contains("exactly 2 objects"));
}

TEST_CASE("every so many-th clip is kept for evaluation", "[data][unit]") {
  const TempFolder folder;
  for (const char* name : {"c10", "c2", "c1", "c3", "c4"}) make_clip(folder / name, 9);
  ClipFolderConfig c = config(folder);
  c.evaluation_every = 2;
  const ClipFolder data(c);
  CHECK(data.clips(Split::train) == std::vector<std::string>{"c1", "c3", "c10"});
  CHECK(data.clips(Split::evaluation) == std::vector<std::string>{"c2", "c4"});
}

TEST_CASE("colours of RGB masks mean the same in all frames", "[data][unit]") {
  const TempFolder folder;
  make_clip(folder / "a", 9);
  for (std::int64_t t = 0; t < 9; ++t) {
    at::Tensor colours = at::zeros({64, 64, 3}, at::kByte);
    colours.narrow(0, 8, 16).narrow(1, 2 * t, 16).select(2, 0).fill_(255);
    // A colour of lower value that comes later must not take the first object's label.
    if (t >= 4) colours.narrow(0, 40, 8).narrow(1, 40, 8).select(2, 2).fill_(255);
    flashmotion::write_png(folder / fmt::format("a/masks/{}.png", t), colours);
  }
  const ClipFolder data(config(folder));
  Rng rng(1, "clips");
  const ClipBatch batch = data.draw({.count = 1, .split = Split::evaluation}, rng);
  const at::Tensor width = batch.boxes.select(3, 2).sub(batch.boxes.select(3, 0)).select(0, 0);  // [K, F]
  CHECK(width.select(0, 0).allclose(at::full({5}, 0.25)));
  CHECK(width.select(0, 1).gt(0).equal(at::tensor({0, 0, 1, 1, 1}).to(at::kBool)));
}

TEST_CASE("the folder of real clips is read", "[data][slow]") {
  const auto clips = test_data("clips");
  if (!clips) FLASHMOTION_SKIP("the clips of the test data are not here");
  ClipFolderConfig c;
  c.folder = clips->string();
  const ClipFolder data(c);
  CHECK(data.folder_report().empty());
  CHECK(data.clips(Split::train).size() == 10);
  CHECK(data.clips(Split::evaluation).size() == 3);
  Rng rng(1, "clips");
  const ClipBatch batch = data.draw({.count = 6, .split = Split::evaluation}, rng);
  CHECK(batch.valid.select(1, 0).all().item<bool>());
  CHECK(batch.boxes.min().item<float>() >= 0.0F);
  CHECK(batch.boxes.max().item<float>() <= 1.0F);
  const ClipBatch two = data.draw({.count = 2, .objects = 2}, rng);
  CHECK(two.prompts == std::vector<std::string>(2, "mammoth rhino"));
}

}  // namespace clip_folder_test
