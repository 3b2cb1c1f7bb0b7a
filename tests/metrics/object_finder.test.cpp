#include "flashmotion/metrics/object_finder.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/metrics/chroma.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

namespace object_finder_test {

using flashmotion::ChromaFinder;
using flashmotion::ClipBatch;
using flashmotion::HistogramFinder;
using flashmotion::ObjectFinder;
using flashmotion::RelativeChromaFinder;
using flashmotion::ToyMotion;
using flashmotion::trajectory_iou;
using toy_clips::mean_of;

double box(const ObjectFinder& finder, const torch::Tensor& video, const ClipBatch& real) {
  return mean_of(trajectory_iou(finder(video, real), real).box);
}

double mask(const ObjectFinder& finder, const torch::Tensor& video, const ClipBatch& real) {
  return mean_of(trajectory_iou(finder(video, real), real).mask);
}

TEST_CASE("the finders find one, two and three objects of real toy clips", "[metrics][unit][slow]") {
  for (const std::int64_t objects : {1, 2, 3}) {
    const auto clips = toy_clips::draw(48, objects);
    CAPTURE(objects);
    CHECK(box(ChromaFinder(ToyMotion::palette()), clips.video, clips) > 0.80);
    CHECK(mask(ChromaFinder(ToyMotion::palette()), clips.video, clips) > 0.87);
    CHECK(box(RelativeChromaFinder(ToyMotion::palette()), clips.video, clips) > 0.80);
    CHECK(mask(RelativeChromaFinder(ToyMotion::palette()), clips.video, clips) > 0.87);
    CHECK(mask(HistogramFinder(), clips.video, clips) > 0.82);
  }
}

TEST_CASE("clips that go another way score low with every finder", "[metrics][unit]") {
  const auto clips = toy_clips::draw(48, 2);
  const auto backwards = clips.video.flip(2);
  CHECK(box(ChromaFinder(ToyMotion::palette()), backwards, clips) < 0.5);
  CHECK(box(RelativeChromaFinder(ToyMotion::palette()), backwards, clips) < 0.5);
  CHECK(box(HistogramFinder(), backwards, clips) < 0.5);
}

TEST_CASE("blur costs the relative finder less than the plain one", "[metrics][unit]") {
  const auto clips = toy_clips::draw(48, 2);
  const auto soft = toy_clips::blur(clips.video, 5);
  const ObjectFinder plain = ChromaFinder(ToyMotion::palette()), relative = RelativeChromaFinder(ToyMotion::palette());
  const auto lost_plain = box(plain, clips.video, clips) - box(plain, soft, clips);
  const auto lost_relative = box(relative, clips.video, clips) - box(relative, soft, clips);
  CHECK(lost_relative < 0.8 * lost_plain);
}

TEST_CASE("absent objects are never found, and specks are nothing", "[metrics][unit]") {
  auto clips = toy_clips::draw(8, 1);
  const ObjectFinder finder = ChromaFinder(ToyMotion::palette());
  CHECK(finder(clips.video, clips).slice(1, 1).sum().item<std::int64_t>() == 0);
  auto grey = torch::zeros_like(clips.video);
  const auto colour = clips.colours.select(1, 0) * 2 - 1;                          // [B, 3]
  grey.select(4, 3).select(3, 3).copy_(colour.unsqueeze(-1).expand({-1, -1, 9}));  // one pixel a frame
  CHECK(finder(grey, clips).sum().item<std::int64_t>() == 0);
  grey.slice(4, 3, 5).slice(3, 3, 5).copy_(colour.view({-1, 3, 1, 1, 1}).expand({-1, -1, 9, 2, 2}));
  CHECK(finder(grey, clips).sum().item<std::int64_t>() == 8 * 9 * 4);
}

TEST_CASE("without a palette the clip's own objects are the rivals", "[metrics][unit]") {
  auto clips = toy_clips::draw(1, 2);
  const auto apart = flashmotion::chroma_scores(clips.video, clips, {});
  CHECK((apart.nearest.sum(1) > 2).sum().item<std::int64_t>() == 0);
  CHECK(apart.nearest.select(1, 2).sum().item<std::int64_t>() == 0);
  CHECK(apart.along.sizes() == at::IntArrayRef({1, 3, 9, 32, 32}));
}

TEST_CASE("the histogram finder uses nothing of the truth after the first frame", "[metrics][unit]") {
  auto clips = toy_clips::draw(8, 2);
  const auto before = HistogramFinder()(clips.video, clips);
  clips.masks = clips.masks.clone();
  clips.masks.slice(2, 1).zero_();
  clips.boxes = torch::zeros_like(clips.boxes);
  const auto video = clips.video;
  clips.video = clips.video.clone();
  clips.video.slice(2, 1).zero_();
  CHECK(HistogramFinder()(video, clips).equal(before));
  CHECK(before.select(2, 0).equal(clips.masks.select(2, 0)));
}

TEST_CASE("finders refuse what does not fit", "[metrics][message]") {
  const auto clips = toy_clips::draw(2, 1);
  CHECK_THROWS_AS(ChromaFinder()(clips.video.slice(0, 0, 1), clips), flashmotion::ShapeError);
  CHECK_THROWS_AS(HistogramFinder()(clips.video.slice(4, 0, 16), clips), flashmotion::ShapeError);
  CHECK_THROWS_WITH(HistogramFinder({.bins = 1}), Catch::Contains("use 2 to 32 bins"));
}

}  // namespace object_finder_test
