#include "flashmotion/core/clip_frames.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/support/catch.hpp"

#include <torch/torch.h>

#include <vector>

namespace clip_frames_test {

using flashmotion::all_frames;
using flashmotion::ClipFrames;
using flashmotion::FramePass;
using flashmotion::kFrameWindow;

constexpr std::int64_t kFrames = 2 * kFrameWindow + 3;

torch::Tensor numbers() { return torch::arange(2 * 3 * kFrames * 4 * 5, torch::kFloat).reshape({2, 3, kFrames, 4, 5}); }

TEST_CASE("a pass gives each frame once and in order, in parts of any length", "[core][unit]") {
  const ClipFrames clip = numbers();
  CHECK(clip.frames() == kFrames);
  CHECK(clip.size(1) == 3);
  for (const std::int64_t count : {std::int64_t{1}, std::int64_t{5}, kFrames, 2 * kFrames}) {
    FramePass pass = clip.begin();
    std::vector<torch::Tensor> parts;
    while (pass.left() > 0) parts.push_back(pass.next(count));
    CHECK(torch::cat(parts, 2).equal(numbers()));
    CHECK(parts.front().size(2) == std::min(count, kFrames));
  }
  CHECK(all_frames(clip.begin()).equal(numbers()));
  FramePass begun = clip.begin();
  (void)begun.next(4);
  CHECK(all_frames(std::move(begun)).equal(numbers().slice(2, 4)));
}

TEST_CASE("windows follow each other without gaps", "[core][unit]") {
  std::int64_t at = 0;
  flashmotion::each_window(ClipFrames(numbers()), [&](const torch::Tensor& part) {
    CHECK(part.size(2) <= kFrameWindow);
    CHECK(part.equal(numbers().slice(2, at, at + part.size(2))));
    at += part.size(2);
  });
  CHECK(at == kFrames);
}

TEST_CASE("windows of large pictures are of fewer frames", "[core][unit]") {
  CHECK(flashmotion::frame_window(32, 32) == kFrameWindow);
  CHECK(flashmotion::frame_window(240, 432) == 4);
  CHECK(flashmotion::frame_window(704, 1280) == 1);
  const auto large = torch::zeros({1, 1, 5, 512, 512});
  std::vector<std::int64_t> counts;
  flashmotion::each_window(ClipFrames(large), [&](const torch::Tensor& part) { counts.push_back(part.size(2)); });
  CHECK(counts == std::vector<std::int64_t>{2, 2, 1});
}

TEST_CASE("passes over one clip go on side by side, also through what is made of it", "[core][unit]") {
  const ClipFrames halves = ClipFrames(numbers()).mapped(
      1, 2, 5, [](const torch::Tensor& frames) { return frames.slice(1, 0, 1).slice(3, 0, 2) / 2; });
  const torch::Tensor expected = numbers().slice(1, 0, 1).slice(3, 0, 2) / 2;
  CHECK(halves.size(0) == 2);
  CHECK(halves.size(3) == 2);
  FramePass one = halves.begin(), other = halves.begin();
  CHECK(one.next(3).equal(expected.slice(2, 0, 3)));
  CHECK(other.next(1).equal(expected.slice(2, 0, 1)));
  CHECK(one.next(2).equal(expected.slice(2, 3, 5)));
  CHECK(other.next(2).equal(expected.slice(2, 1, 3)));
}

TEST_CASE("what is no clip, and frames after the last one, are refused", "[core][message]") {
  CHECK_THROWS_WITH(ClipFrames(numbers()[0]), Catch::Contains("a clip has 4 axes; give [B, C, F, H, W]"));
  CHECK_THROWS_AS(ClipFrames(torch::Tensor()), flashmotion::ShapeError);
  FramePass pass = ClipFrames(numbers()).begin();
  (void)pass.next(kFrames);
  CHECK(pass.left() == 0);
  CHECK_THROWS_WITH(pass.next(1), Catch::Contains("has 19 frames, and more are asked for"));
}

}  // namespace clip_frames_test
