#include "flashmotion/core/clip_frames.hpp"
#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/detail/spread.hpp"
#include "flashmotion/metrics/flicker.hpp"
#include "flashmotion/metrics/flow_finder.hpp"
#include "flashmotion/metrics/frechet.hpp"
#include "flashmotion/metrics/mask_centre_error.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/script_finder.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "flashmotion/metrics/trajectory_iou.hpp"
#include "flashmotion/metrics/visibility_accuracy.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <utility>
#include <vector>

// Clips are measured a few frames at a time, to the same figures and masks.

namespace clip_metrics_by_frame_test {

using flashmotion::ClipBatch;
using flashmotion::ClipFrames;
using flashmotion::FramePass;
using flashmotion::kFrameWindow;
using flashmotion::ObjectFinder;
using flashmotion::ObjectPass;

constexpr std::int64_t kFrames = 2 * kFrameWindow + 3;
constexpr std::int64_t kWindows[] = {1, 2, 5, 8, kFrames};

torch::Tensor long_clips() { return torch::rand({2, 3, kFrames, 12, 20}, torch::kFloat) * 2 - 1; }

double difference(const torch::Tensor& a, const torch::Tensor& b) { return ((a - b) / b).abs().max().item<double>(); }

// The frames of a clip, so many at a time.
std::vector<torch::Tensor> parts_of(const torch::Tensor& clip, std::int64_t count) { return clip.split(count, 2); }

TEST_CASE("figures of long clips are those of all frames at once", "[metrics][unit]") {
  torch::manual_seed(3);
  const auto video = long_clips(), other = long_clips();
  const auto exact = video.to(torch::kDouble);
  const auto flicker = exact.diff(2, 2).abs().mean({1, 2, 3, 4}) / 2;
  const auto later = exact.slice(2, 1);
  const auto energy = later.diff(1, 4).square().mean({1, 2, 3, 4}) + later.diff(1, 3).square().mean({1, 2, 3, 4});
  const auto colours = [](const torch::Tensor& clip) { return ((clip.to(torch::kDouble) + 1) / 2).mean({3, 4}); };
  const auto wander = [&](const torch::Tensor& clip) {
    return colours(clip).slice(2, 1) - colours(clip).slice(2, 0, 1);
  };
  const auto drift = (wander(video) - wander(other)).abs().mean({1, 2});
  CHECK(difference(flashmotion::flicker(video), flicker) < 1e-12);
  CHECK(difference(flashmotion::gradient_energy(video), energy) < 1e-12);
  CHECK(difference(flashmotion::colour_drift(video, other), drift) < 1e-12);
  for (const std::int64_t window : kWindows) {
    CAPTURE(window);
    flashmotion::FlickerSum flickers;
    flashmotion::GradientEnergySum energies;
    std::vector<torch::Tensor> means;
    for (const auto& part : parts_of(video, window)) {
      flickers.add(part);
      energies.add(part);
      means.push_back(flashmotion::frame_colours(part));
    }
    CHECK(difference(flickers.value(), flicker) < 1e-12);
    CHECK(difference(energies.value(), energy) < 1e-12);
    CHECK(difference(flashmotion::drift_of_colours(torch::cat(means, 2), colours(other)), drift) < 1e-12);
  }
  flashmotion::FlickerSum two;
  two.add(video.slice(2, 0, 2));
  CHECK_THROWS_WITH(two.value(), Catch::Contains("2 frames has no second difference"));
  flashmotion::GradientEnergySum one;
  one.add(video.slice(2, 0, 1));
  CHECK_THROWS_WITH(one.value(), Catch::Contains("no frame after the first"));
}

// Real clips of `kFrames` frames, made of short ones, with objects that are hidden now and then.
ClipBatch long_real() {
  ClipBatch clips = toy_clips::draw(3, 2);  // of 9 frames
  const auto longer = [](const torch::Tensor& t) { return torch::cat({t, t.flip(2), t.slice(2, 0, 1)}, 2); };
  clips.video = longer(clips.video);
  clips.masks = longer(clips.masks);
  clips.boxes = longer(clips.boxes);
  clips.masks.slice(1, 0, 1).slice(2, 5, 7).zero_();
  clips.valid[1][1] = false;
  return clips;
}

TEST_CASE("figures of found masks add up to the same in windows of any length", "[metrics][unit]") {
  const ClipBatch real = long_real();
  const auto found = torch::roll(real.masks, 2, 4) & (torch::arange(kFrames) != 12).view({1, 1, -1, 1, 1});
  const auto iou = flashmotion::trajectory_iou(found, real);
  const auto centre = flashmotion::mask_centre_error(found, real);
  const auto visibility = flashmotion::visibility_accuracy(found, real);
  CHECK(iou.mask.min().item<double>() > 0.1);
  CHECK(visibility.max().item<double>() < 1);
  for (const std::int64_t window : kWindows) {
    CAPTURE(window);
    flashmotion::TrajectoryIouSum overlap;
    flashmotion::MaskCentreErrorSum errors;
    flashmotion::VisibilityAccuracySum seen;
    for (std::int64_t from = 0; from < kFrames; from += window) {
      ClipBatch part = real;
      part.masks = real.masks.slice(2, from, from + window);
      part.boxes = real.boxes.slice(2, from, from + window);
      overlap.add(found.slice(2, from, from + window), part);
      errors.add(found.slice(2, from, from + window), part);
      seen.add(found.slice(2, from, from + window), part);
    }
    CHECK(difference(overlap.value().mask, iou.mask) < 1e-12);
    CHECK(difference(overlap.value().box, iou.box) < 1e-12);
    CHECK(difference(errors.value(), centre) < 1e-12);
    CHECK(difference(seen.value(), visibility) < 1e-12);
  }
}

TEST_CASE("finders give the same masks to the bit in windows of any length", "[metrics][law]") {
  const TempFolder folder;
  save_script(folder / "finder.pt",
              "def forward(self, video, masks):\n"
              "  return (video.mean(1, keepdim=True) > 0).expand(-1, masks.size(1), -1, -1, -1)\n");
  const auto clips = long_real();
  const auto script = flashmotion::script_search(folder / "finder.pt");
  // Each as it goes through whole clips, and frame by frame.
  const std::pair<ObjectFinder, ObjectPass> finders[] = {
      {flashmotion::ChromaFinder(), flashmotion::ChromaFinder()},
      {flashmotion::RelativeChromaFinder(), flashmotion::RelativeChromaFinder()},
      {flashmotion::HistogramFinder(), flashmotion::HistogramFinder()},
      {flashmotion::FlowFinder(), flashmotion::FlowFinder()},
      {[&](const auto& video, const auto& real) { return flashmotion::all_frames(script.find(video, real)); },
       script.find}};
  ClipBatch first = clips;  // all that a finder needs to know
  first.video = clips.video.slice(2, 0, 1);
  first.masks = clips.masks.slice(2, 0, 1);
  first.boxes = torch::Tensor();
  for (std::size_t i = 0; i < std::size(finders); ++i) {
    const auto whole = finders[i].first(clips.video, clips);
    REQUIRE(whole.sizes() == clips.masks.sizes());
    CHECK(whole.slice(2, 1).any().item<bool>());
    for (const std::int64_t window : kWindows) {
      CAPTURE(i, window);
      FramePass pass = finders[i].second(clips.video, first);
      std::vector<torch::Tensor> parts;
      while (pass.left() > 0) parts.push_back(pass.next(window));
      CHECK(torch::cat(parts, 2).equal(whole));
    }
  }
}

TEST_CASE("what is found in a frame does not depend on how long its clip is", "[metrics][unit]") {
  const auto clips = toy_clips::draw(4, 2);  // of 9 frames
  const auto video = torch::cat({clips.video, clips.video.flip(2), clips.video}, 2);
  const ObjectFinder finders[] = {flashmotion::ChromaFinder(), flashmotion::RelativeChromaFinder(),
                                  flashmotion::HistogramFinder()};
  for (const auto& finder : finders) CHECK(finder(video, clips).slice(2, 0, 9).equal(finder(clips.video, clips)));
}

TEST_CASE("features of a long clip are made of all its frames", "[metrics][unit]") {
  torch::manual_seed(4);
  const auto video = torch::rand({2, 3, 4 * kFrameWindow + 1, 16, 24}, torch::kFloat) * 2 - 1;
  const flashmotion::RandomConvFeatures features;
  // Means over time, of frames and of differences, are the mean of those of both halves, which share a frame.
  const auto means = [](const torch::Tensor& all) {
    return torch::cat({all.slice(1, 0, 112), all.slice(1, 224, 336)}, 1);
  };
  const std::int64_t half = 2 * kFrameWindow;
  const auto both = means(features(video.slice(2, 0, half + 1))) + means(features(video.slice(2, half)));
  CHECK(torch::allclose(means(features(video)), both / 2, 1e-5, 1e-6));
  CHECK(torch::allclose(features(video.slice(0, 1)), features(video).slice(0, 1), 1e-5, 1e-6));
}

TEST_CASE("masks spread by their reach along both axes", "[metrics][unit]") {
  auto masks = torch::zeros({1, 2, 9, 12}, torch::kBool);
  masks[0][0][4][5] = true;
  const auto wide = flashmotion::metrics_detail::spread(masks, 2);
  auto expected = torch::zeros_like(masks);
  expected[0][0].slice(0, 2, 7).slice(1, 3, 8).fill_(true);
  CHECK(wide.equal(expected));
}

}  // namespace clip_metrics_by_frame_test
