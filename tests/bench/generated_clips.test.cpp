#include "flashmotion/bench/generated_clips.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/io/pixels.hpp"
#include "flashmotion/io/video_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace generated_clips_test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using flashmotion::BenchCase;
using flashmotion::GeneratedClips;

const std::vector<BenchCase> kCases{{.id = "1-01", .group = "1"}, {.id = "2-01", .group = "2"}};

torch::Tensor whole(const flashmotion::ClipFrames& clip) { return flashmotion::all_frames(clip.begin()); }

torch::Tensor frame(std::int64_t f) { return torch::full({16, 24, 3}, 20 * f, torch::kByte); }

void write_frames(const fs::path& folder, std::int64_t frames) {
  fs::create_directories(folder);
  for (std::int64_t f = 0; f < frames; ++f) flashmotion::write_png(folder / fmt::format("{:05}.png", f), frame(f));
}

TEST_CASE("a stranger's clips are folders of pictures or videos", "[bench][unit]") {
  const TempFolder temp;
  write_frames(temp / "clips" / "1-01", 5);
  std::vector<torch::Tensor> frames;
  for (std::int64_t f = 0; f < 6; ++f) frames.push_back(frame(f));
  flashmotion::write_video(temp / "clips" / "2-01.mp4", torch::stack(frames), 8);
  const GeneratedClips clips(temp / "clips", kCases);
  CHECK(clips.seeds() == 1);
  const auto pictures = whole(clips.open(kCases[0], 0));
  CHECK(pictures.sizes() == torch::IntArrayRef{1, 3, 5, 16, 24});
  CHECK(flashmotion::to_rgb8(pictures[0])[3].equal(frame(3)));
  const auto video = clips.open(kCases[1], 0);
  CHECK(whole(video).sizes() == torch::IntArrayRef{1, 3, 6, 16, 24});
  CHECK(whole(video).equal(whole(video)));
}

TEST_CASE("several seeds lie in folders of their own", "[bench][unit]") {
  const TempFolder temp;
  for (const int seed : {0, 1}) {
    write_frames(temp / "clips" / fmt::format("seed-{}", seed) / "1-01", 3 + seed);
    write_frames(temp / "clips" / fmt::format("seed-{}", seed) / "2-01", 3);
  }
  const GeneratedClips clips(temp / "clips", kCases);
  CHECK(clips.seeds() == 2);
  CHECK(clips.open(kCases[0], 0).frames() == 3);
  CHECK(clips.open(kCases[0], 1).frames() == 4);
}

TEST_CASE("missing and damaged clips are told together and by name", "[bench][message]") {
  const TempFolder temp;
  CHECK_THROWS_WITH(GeneratedClips(temp / "nowhere", kCases), Contains("there is no folder"));
  fs::create_directories(temp / "clips" / "1-01");  // empty
  CHECK_THROWS_WITH(GeneratedClips(temp / "clips", kCases), Contains("1-01'") && Contains("2-01'"));
  write_frames(temp / "clips" / "1-01", 2);
  write_frames(temp / "clips" / "2-01", 3);
  const GeneratedClips clips(temp / "clips", kCases);
  CHECK_THROWS_WITH(clips.open(kCases[0], 0), Contains("has 2 frames; a clip needs 3 or more"));
  flashmotion::write_png(temp / "clips" / "2-01" / "00001.png", torch::zeros({8, 8, 3}, torch::kByte));
  CHECK_THROWS_WITH(clips.open(kCases[1], 0), Contains("00001.png' is of 8x8 pixels"));
  std::ofstream(temp / "clips" / "2-01" / "00001.png") << "no picture";
  CHECK_THROWS_WITH(clips.open(kCases[1], 0), Contains("00001.png"));
}

TEST_CASE("masks of generated clips are read as labels", "[bench][unit]") {
  const TempFolder temp;
  fs::create_directories(temp / "masks" / "2-01");
  for (std::int64_t f = 0; f < 3; ++f) {
    torch::Tensor labels = torch::zeros({8, 12}, torch::kByte);
    labels.slice(0, 0, 4).fill_(1);
    labels.slice(0, 4, 8).slice(1, f, f + 2).fill_(2);
    flashmotion::write_mask_png(temp / "masks" / "2-01" / fmt::format("{:05}.png", f), labels);
  }
  const auto masks = whole(flashmotion::open_given_masks(temp / "masks", kCases[1], 0, 2, 3, 16, 24));
  REQUIRE(masks.sizes() == torch::IntArrayRef{1, 2, 3, 16, 24});
  CHECK(masks.select(1, 0).sum().item<std::int64_t>() == 3 * 8 * 24);
  CHECK(masks.select(1, 1).sum().item<std::int64_t>() == 3 * 8 * 4);
  CHECK(masks[0][1][2].slice(0, 8).slice(1, 4, 8).all().item<bool>());
  CHECK_THROWS_WITH(flashmotion::open_given_masks(temp / "masks", kCases[1], 0, 2, 4, 16, 24),
                    Contains("has 3 masks; the clip has 4 frames"));
  CHECK_THROWS_WITH(flashmotion::open_given_masks(temp / "masks", kCases[1], 0, 1, 3, 16, 24),
                    Contains("has the label 2; the case has 1 objects"));
}

}  // namespace generated_clips_test
