#include "flashmotion/metrics/clip_metrics.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

namespace clip_metrics_test {

using flashmotion::ToyMotion;
using toy_clips::mean_of;

TEST_CASE("the centre error is small on real clips, near the shift on shifted ones, blind to blur", "[metrics][unit]") {
  const auto clips = toy_clips::draw(64, 1);
  const auto palette = ToyMotion::palette();
  const auto real = mean_of(flashmotion::centre_error(clips.video, clips, palette));
  CHECK(real < 1.5);  // a triangle's centroid is not the centre of its box
  CHECK(mean_of(flashmotion::centre_error(clips.video.flip(2), clips, palette)) > 4);
  CHECK(mean_of(flashmotion::centre_error(toy_clips::blur(clips.video, 5), clips, palette)) < real + 0.2);
  CHECK(mean_of(flashmotion::centre_error(torch::zeros_like(clips.video), clips, palette)) == Approx(16));
}

TEST_CASE("sharpness is 1 for the clip itself, below for blur, above for noise", "[metrics][unit]") {
  const auto clips = toy_clips::draw(16).video;
  flashmotion::Rng rng(1, "noise");
  CHECK(flashmotion::sharpness(clips, clips).ratio == Approx(1));
  CHECK(flashmotion::sharpness(toy_clips::blur(clips, 3), clips).ratio < 0.7);
  CHECK(flashmotion::sharpness(clips + 0.2 * rng.normal(clips.sizes()), clips).ratio > 1.5);
  CHECK_THROWS_AS(flashmotion::gradient_energy(clips.slice(2, 0, 1)), flashmotion::ShapeError);
}

TEST_CASE("gradient energy is the mean squared step, without the first frame", "[metrics][unit]") {
  auto ramp = torch::arange(8).to(torch::kFloat).view({1, 1, 1, 1, 8}).expand({1, 3, 3, 4, 8}).clone();
  ramp.select(2, 0).zero_();
  CHECK(flashmotion::gradient_energy(ramp).item<double>() == Approx(1));
}

TEST_CASE("colour drift measures what is added over time and no constant offset", "[metrics][unit]") {
  const auto clips = toy_clips::draw(8).video;
  CHECK(mean_of(flashmotion::colour_drift(clips, clips)) == 0);
  CHECK(mean_of(flashmotion::colour_drift(clips + 0.2, clips)) == Approx(0).margin(1e-6));
  const auto growing = clips + torch::linspace(0, 0.2, 9).view({9, 1, 1});  // pixel values in [-1, 1]
  CHECK(mean_of(flashmotion::colour_drift(growing, clips)) == Approx(0.5 * 0.2 * 4.5 / 8).epsilon(1e-4));
  CHECK_THROWS_AS(flashmotion::colour_drift(clips, clips.slice(0, 1)), flashmotion::ShapeError);
}

TEST_CASE("the metrics give one finite number a clip", "[metrics][law]") {
  const auto clips = toy_clips::draw(5);
  const auto check = [&](const auto& metric, std::string_view name) {
    CHECK(metric.name() == name);
    for (const auto& video : {clips.video, torch::zeros_like(clips.video)}) {
      const auto values = metric(video, clips);
      CHECK(values.sizes() == at::IntArrayRef({5}));
      CHECK(values.scalar_type() == torch::kDouble);
      CHECK(values.isfinite().all().template item<bool>());
    }
  };
  check(flashmotion::BoxIou{flashmotion::ChromaFinder()}, "box_iou");
  check(flashmotion::MaskIou{flashmotion::HistogramFinder()}, "mask_iou");
  check(flashmotion::CentreError{ToyMotion::palette()}, "centre_error");
  check(flashmotion::ColourDrift{}, "colour_drift");
  check(flashmotion::SharpnessRatio{}, "sharpness");
  check(flashmotion::MaskCentreError{flashmotion::ChromaFinder()}, "mask_centre_error");
  check(flashmotion::VisibilityAccuracy{flashmotion::ChromaFinder()}, "visibility_accuracy");
  check(flashmotion::FlickerRatio{}, "flicker");
}

}  // namespace clip_metrics_test
