#include "flashmotion/bench/case_clip.hpp"
#include "flashmotion/bench/make_bench.hpp"
#include "flashmotion/bench/measure_clips.hpp"
#include "flashmotion/io/image.hpp"
#include "flashmotion/metrics/feature_extractor.hpp"
#include "flashmotion/metrics/flow_finder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/peak_bytes.hpp"
#include "tests/support/temp_folder.hpp"

#include <c10/core/CPUAllocator.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>

namespace measure_clips_memory_test {

namespace fs = std::filesystem;

constexpr std::int64_t kHeight = 64, kWidth = 96;
constexpr std::int64_t kFrameBytes = 3 * kHeight * kWidth * 4;

// Counts what threads hold that did not ask for it, too.
class AllThreads {
 public:
  AllThreads() { FLAGS_caffe2_report_cpu_memory_usage = true; }
  ~AllThreads() { FLAGS_caffe2_report_cpu_memory_usage = false; }
  AllThreads(const AllThreads&) = delete;
  AllThreads& operator=(const AllThreads&) = delete;
};

// A clip of two textured squares that go down over a textured ground.
void write_clip(const fs::path& folder, std::int64_t frames) {
  fs::create_directories(folder / "frames");
  fs::create_directories(folder / "masks");
  torch::manual_seed(2);
  const torch::Tensor ground = torch::randint(60, 120, {kHeight, kWidth, 3}).to(torch::kByte);
  const torch::Tensor square = torch::randint(160, 250, {14, 14, 3}).to(torch::kByte);
  for (std::int64_t t = 0; t < frames; ++t) {
    torch::Tensor picture = ground.clone(), labels = torch::zeros({kHeight, kWidth}, torch::kByte);
    for (const std::int64_t k : {0, 1}) {
      picture.narrow(0, 4 + t / 2, 14).narrow(1, 10 + 50 * k, 14).copy_(square);
      labels.narrow(0, 4 + t / 2, 14).narrow(1, 10 + 50 * k, 14).fill_(k + 1);
    }
    flashmotion::write_png(folder / "frames" / fmt::format("{:05}.png", t), picture);
    flashmotion::write_mask_png(folder / "masks" / fmt::format("{:05}.png", t), labels);
  }
}

// A benchmark of one case, whose real clip is some model's too, in two seeds.
struct World {
  TempFolder temp;
  flashmotion::StopFlag stop;
  flashmotion::Bench bench;

  explicit World(std::int64_t frames) {
    write_clip(temp / "real" / "squares", frames);
    bench = flashmotion::make_bench({.kind = flashmotion::BenchKind::clips,
                                     .out = temp / "bench",
                                     .clips = temp / "real",
                                     .frames = frames,
                                     .width = kWidth,
                                     .height = kHeight},
                                    stop, {.quiet = true})
                .bench;
    for (const char* seed : {"seed-0", "seed-1"}) {
      fs::create_directories(temp / "clips" / seed);
      fs::copy(bench.folder / bench.cases[0].reference, temp / "clips" / seed / bench.cases[0].id);
    }
  }
};

// The most bytes of tensors while all is measured but features, which are made at the same time.
std::int64_t measuring(std::int64_t frames) {
  const World world(frames);
  flashmotion::BenchTools tools{flashmotion::flow_search(), {}, world.temp / "previews"};
  const AllThreads all;
  const std::int64_t before = PeakBytes::held();
  const PeakBytes peak;
  const auto result = flashmotion::measure_clips(world.bench, world.bench.cases, {world.temp / "clips"},
                                                 std::move(tools), world.stop, {.quiet = true});
  CHECK(result.frames == frames);
  CHECK(result.clips.size() == 2);
  CHECK(result.overall.figures[0].estimate > 0.5);
  return peak.bytes() - before;
}

// And while features are made.
std::int64_t making_features(std::int64_t frames) {
  const World world(frames);
  const flashmotion::ClipFrames clip = flashmotion::open_case(world.bench, world.bench.cases[0]).video;
  const flashmotion::FeatureExtractor extractor = flashmotion::fixed_features();
  const AllThreads all;
  const std::int64_t before = PeakBytes::held();
  const PeakBytes peak;
  CHECK(extractor.features(clip).size(0) == 1);
  return peak.bytes() - before;
}

TEST_CASE("measuring a clip takes memory that does not grow with its length", "[bench][law][slow]") {
  for (const auto peak : {measuring, making_features}) {
    (void)peak(9);                                       // what is made once
    const std::int64_t few = peak(17), many = peak(65);  // both longer than what is worked on at once
    CAPTURE(few, many, static_cast<double>(many - few) / kFrameBytes);
    CHECK(many - few < kFrameBytes);  // for 48 frames more
  }
}

}  // namespace measure_clips_memory_test
