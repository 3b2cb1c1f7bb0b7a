#include "flashmotion/metrics/flow_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/on_threads.hpp"
#include "tests/support/test_data.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace flow_finder_test {

using flashmotion::ClipBatch;
using flashmotion::FlowFinder;
using flashmotion::Rng;
using flashmotion::trajectory_iou;

// Smooth noise [3, H, W] in [-1, 1].
torch::Tensor texture(std::uint64_t seed, std::int64_t height, std::int64_t width) {
  Rng rng(seed, "texture");
  const auto noise = torch::avg_pool2d(rng.normal({1, 3, height + 4, width + 4}), 5, 1);
  return noise.squeeze(0).mul(3).clamp(-1, 1);
}

// A textured square of 32 pixels that moves by `x`, `y` a frame over a still texture of 96 x 128 pixels.
ClipBatch moving_square(std::int64_t frames, std::int64_t x, std::int64_t y) {
  const auto ground = texture(1, 96, 128), square = texture(2, 32, 32);
  ClipBatch clips;
  clips.video = ground.view({1, 3, 1, 96, 128}).expand({-1, -1, frames, -1, -1}).clone();
  clips.masks = torch::zeros({1, 2, frames, 96, 128}, torch::kBool);
  clips.valid = torch::tensor({{true, false}});
  for (std::int64_t f = 0; f < frames; ++f) {
    const auto left = 20 + x * f, top = 20 + y * f;
    clips.video[0].select(1, f).slice(1, top, top + 32).slice(2, left, left + 32).copy_(square);
    clips.masks[0][0][f].slice(0, top, top + 32).slice(1, left, left + 32).fill_(true);
  }
  clips.boxes = flashmotion::tight_boxes(clips.masks);
  return clips;
}

TEST_CASE("the flow finder follows a textured square by known steps", "[metrics][unit]") {
  for (const double colours : {0.0, 0.5}) {
    const auto clips = moving_square(9, 1, 1);
    const auto found = FlowFinder({.colours = colours})(clips.video, clips);
    const auto iou = trajectory_iou(found, clips);
    CAPTURE(colours);
    CHECK(iou.mask.item<double>() > 0.8);
    CHECK(iou.box.item<double>() > 0.7);
    CHECK(found.select(2, 0).equal(clips.masks.select(2, 0)));
    CHECK(found.select(1, 1).sum().item<std::int64_t>() == 0);  // an object that the clip does not have
  }
}

TEST_CASE("the flow finder tells a square that goes another way", "[metrics][unit]") {
  const auto real = moving_square(9, 4, 2);
  CHECK(trajectory_iou(FlowFinder()(moving_square(9, 0, 2).video, real), real).mask.item<double>() < 0.6);
}

TEST_CASE("the flow finder gives the same twice, and each clip its own", "[metrics][law]") {
  const auto one = moving_square(5, 4, 2), two = moving_square(5, -2, 3);
  ClipBatch both = one;
  both.masks = torch::cat({one.masks, two.masks});
  both.valid = torch::cat({one.valid, two.valid});
  const auto video = torch::cat({one.video, two.video});
  const auto found = FlowFinder()(video, both);
  CHECK(found.equal(FlowFinder()(video, both)));
  CHECK(found.slice(0, 1).equal(FlowFinder()(two.video, two)));
}

TEST_CASE("the flow finder gives the same on one thread and on two", "[metrics][law]") {
  const auto clips = moving_square(9, 4, 2);
  const auto find = [&] { return FlowFinder()(clips.video, clips); };
  CHECK(on_threads(1, find).equal(on_threads(2, find)));
}

TEST_CASE("the flow finder uses nothing of the truth after the first frame", "[metrics][unit]") {
  auto clips = moving_square(5, 4, 2);
  const auto before = FlowFinder()(clips.video, clips);
  clips.masks.slice(2, 1).zero_();
  clips.boxes.zero_();
  CHECK(FlowFinder()(clips.video, clips).equal(before));
}

TEST_CASE("the flow finder refuses what does not fit", "[metrics][message]") {
  const auto clips = moving_square(3, 1, 1);
  CHECK_THROWS_AS(FlowFinder()(clips.video.slice(4, 0, 64), clips), flashmotion::ShapeError);
  ClipBatch small = clips;
  small.masks = clips.masks.slice(3, 0, 8);
  CHECK_THROWS_WITH(FlowFinder()(clips.video.slice(3, 0, 8), small), Catch::Contains("too small for optical flow"));
  CHECK_THROWS_WITH(FlowFinder({.threshold = 1}), Catch::Contains("between 0 and 1"));
  CHECK_THROWS_WITH(FlowFinder({.bins = 0}), Catch::Contains("0 bins"));
}

// The first 17 frames of a real clip with its masks as one object.
ClipBatch real_clip(const std::filesystem::path& folder) {
  std::vector<torch::Tensor> frames, masks;
  for (int f = 0; f < 17; ++f) {
    frames.push_back(flashmotion::read_image(folder / "frames" / fmt::format("{:05}.jpg", f)));
    masks.push_back(flashmotion::read_mask_png(folder / "masks" / fmt::format("{:05}.png", f)) > 0);
  }
  ClipBatch clips;
  clips.video = torch::stack(frames, 1).unsqueeze(0);
  clips.masks = torch::stack(masks).unsqueeze(0).unsqueeze(0);
  clips.boxes = flashmotion::tight_boxes(clips.masks);
  clips.valid = torch::ones({1, 1}, torch::kBool);
  return clips;
}

TEST_CASE("the flow finder follows animals in real clips, and true masks are exactly right", "[metrics][unit][slow]") {
  for (const std::string name : {"blackswan", "camel"}) {
    const auto folder = test_data("clips/" + name);
    if (!folder) {
      WARN("skipped: no real clips; set FLASHMOTION_TEST_DATA");
      return;
    }
    const auto clips = real_clip(*folder);
    const auto exact = trajectory_iou(clips.masks, clips);
    CHECK(exact.box.item<double>() == 1.0);
    CHECK(exact.mask.item<double>() == 1.0);
    const auto followed = trajectory_iou(FlowFinder()(clips.video, clips), clips).mask.item<double>();
    const auto flow_alone = trajectory_iou(FlowFinder({.colours = 0})(clips.video, clips), clips).mask.item<double>();
    const auto stayed = trajectory_iou(clips.masks.slice(2, 0, 1).expand_as(clips.masks), clips).mask.item<double>();
    CAPTURE(name, followed, flow_alone, stayed);
    CHECK(followed > 0.7);
    CHECK(followed > stayed);
    if (name == "camel") CHECK(followed > flow_alone + 0.02);  // flow alone drifts off
  }
}

}  // namespace flow_finder_test
