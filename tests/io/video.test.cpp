#include "flashmotion/io/video.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/core/rng.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/test_data.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <string>

namespace video_test {

using Catch::Matchers::Contains;
using flashmotion::InputError;
using flashmotion::VideoClip;

// Smooth and coloured, so that 4:2:0 costs little: a gradient that moves.
at::Tensor moving(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const at::Tensor t = at::arange(frames).reshape({-1, 1, 1}).to(at::kFloat);
  const at::Tensor y = at::arange(height).reshape({1, -1, 1}).to(at::kFloat).div(height);
  const at::Tensor x = at::arange(width).reshape({1, 1, -1}).to(at::kFloat).div(width);
  const at::Tensor red = (x * 3 + t / 10).sin() + y * 0;
  const at::Tensor green = (y * 3 - t / 10).cos() + x * 0;
  return flashmotion::to_rgb8(at::stack({red, green, red * -0.5}).mul(0.9));
}

double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kFloat).sub(b.to(at::kFloat)).abs().mean().item<double>();
}

TEST_CASE("a written video reads back: frames, size, rate, times and colours", "[io][unit]") {
  const TempFolder folder;
  const at::Tensor frames = moving(9, 32, 48);
  const std::string encoder = flashmotion::write_video(folder / "a.mp4", frames, 8);
  CHECK((encoder == "libx264" || encoder == "mpeg4"));
  const VideoClip clip = flashmotion::read_video(folder / "a.mp4");
  CHECK(clip.frames.sizes() == frames.sizes());
  CHECK(clip.fps == Approx(8.0));
  CHECK(clip.claimed == 9);
  CHECK_FALSE(clip.damaged());
  CHECK(clip.damage().empty());
  CHECK(clip.gaps.empty());
  CHECK(clip.seconds.front() == 0.0);
  CHECK(clip.seconds.back() == Approx(1.0));
  CHECK(mean_difference(clip.frames, frames) < 2.0);
  // A wrong matrix or range would move whole channels.
  const at::Tensor shift = clip.frames.to(at::kFloat).sub(frames.to(at::kFloat)).mean(at::IntArrayRef({0, 1, 2}));
  CHECK(shift.abs().max().item<double>() < 1.0);
}

TEST_CASE("equal frames give equal bytes, with the index in front", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_video(folder / "a.mp4", moving(6, 32, 32), 8);
  flashmotion::write_video(folder / "b.mp4", moving(6, 32, 32), 8);
  const std::string bytes = flashmotion::read_file((folder / "a.mp4").string());
  CHECK(bytes == flashmotion::read_file((folder / "b.mp4").string()));
  CHECK(bytes.find("moov") < bytes.find("mdat"));
}

TEST_CASE("odd sizes are padded to even ones, and tiny clips are enlarged", "[io][unit]") {
  const TempFolder folder;
  const at::Tensor frames = moving(3, 33, 47);
  flashmotion::write_video(folder / "odd.mp4", frames, 12.5);
  const VideoClip odd = flashmotion::read_video(folder / "odd.mp4");
  CHECK(odd.frames.sizes() == at::IntArrayRef({3, 34, 48, 3}));
  CHECK(odd.fps == Approx(12.5));
  CHECK(mean_difference(odd.frames.narrow(1, 0, 33).narrow(2, 0, 47), frames) < 2.0);

  flashmotion::write_video(folder / "big.mp4", flashmotion::from_rgb8(frames), 12.5, {.scale = 6});
  const VideoClip big = flashmotion::read_video(folder / "big.mp4");
  CHECK(big.frames.sizes() == at::IntArrayRef({3, 198, 282, 3}));
  CHECK(mean_difference(big.frames.slice(1, 3, 198, 6).slice(2, 3, 282, 6), frames) < 2.0);
}

TEST_CASE("a video that is not finished leaves nothing behind", "[io][unit]") {
  const TempFolder folder;
  {
    flashmotion::VideoWriter writer(folder / "a.mp4", 32, 32, 8);
    writer.add(moving(3, 32, 32));
    CHECK_FALSE(std::filesystem::exists(folder / "a.mp4"));
    CHECK_THROWS_AS(writer.add(moving(3, 16, 16)), flashmotion::ShapeError);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  flashmotion::VideoWriter empty(folder / "b.mp4", 32, 32, 8);
  CHECK_THROWS_WITH(empty.finish(), Contains("has no frames"));
}

TEST_CASE("impossible videos are refused", "[io][message]") {
  const TempFolder folder;
  CHECK_THROWS_AS(flashmotion::VideoWriter(folder / "a.mp4", 0, 32, 8), InputError);
  CHECK_THROWS_AS(flashmotion::VideoWriter(folder / "a.mp4", 32, 32, 0), InputError);
  CHECK_THROWS_AS(flashmotion::VideoWriter(folder / "a.mp4", 32, 32, 8, {.scale = 0}), InputError);
  CHECK_THROWS_AS(flashmotion::VideoWriter(folder / "none" / "a.mp4", 32, 32, 8), InputError);
  CHECK_THROWS_WITH(flashmotion::read_video(folder / "none.mp4"), Contains("there is no such file"));
  flashmotion::write_file_atomically((folder / "text.mp4").string(), "#EXTM3U\nhttp://localhost/x.ts\n");
  CHECK_THROWS_AS(flashmotion::read_video(folder / "text.mp4"), InputError);
}

TEST_CASE("reading stops at the asked number of frames", "[io][unit]") {
  const TempFolder folder;
  flashmotion::write_video(folder / "a.mp4", moving(9, 32, 32), 8);
  const VideoClip clip = flashmotion::read_video(folder / "a.mp4", {.max_frames = 4});
  CHECK(clip.frames.size(0) == 4);
  CHECK_FALSE(clip.damaged());
}

TEST_CASE("H.264, MPEG-4 and HEVC of other makers are read whole", "[io][unit]") {
  const auto folder = test_data("video");
  if (!folder) FLASHMOTION_SKIP("the videos of the test data are not here");
  const VideoClip phone = flashmotion::read_video(*folder / "carphone_h264_176x144_29.97fps.mp4");
  CHECK(phone.frames.sizes() == at::IntArrayRef({120, 144, 176, 3}));
  CHECK(phone.fps == Approx(30000.0 / 1001.0));
  CHECK_FALSE(phone.damaged());
  CHECK(phone.repeats == 0);
  const VideoClip bikes = flashmotion::read_video(*folder / "bikes_mpeg4_640x272_25fps.mp4");
  CHECK(bikes.frames.size(0) == 125);
  CHECK_FALSE(bikes.damaged());
  const VideoClip cups = flashmotion::read_video(*folder / "cups_hevc_640x360_15fps_audio.mp4", {.max_frames = 10});
  CHECK(cups.frames.sizes() == at::IntArrayRef({10, 360, 640, 3}));
  CHECK(cups.codec == "hevc");
}

TEST_CASE("a video without its index is refused, one with a hole is reported", "[io][unit]") {
  const auto folder = test_data("video");
  if (!folder) FLASHMOTION_SKIP("the videos of the test data are not here");
  CHECK_THROWS_AS(flashmotion::read_video(*folder / "damaged_truncated_no_moov.mp4"), InputError);
  const VideoClip clip = flashmotion::read_video(*folder / "damaged_middle_zeroed.mp4");
  CHECK(clip.damaged());
  CHECK(clip.claimed == 250);
  CHECK(clip.frames.size(0) == 181);
  CHECK_THAT(clip.damage(), Contains("181 of 250 frames could be decoded"));
  REQUIRE_FALSE(clip.gaps.empty());
  CHECK(clip.gaps.front().after == 98);
  CHECK(clip.repeats == 2);
  // The last frame keeps its time: nothing has moved forward into the hole.
  CHECK(clip.seconds.back() == Approx(249.0 / 25.0));
}

}  // namespace video_test
