#include "flashmotion/bench/bench_meter.hpp"

#include "flashmotion/base/error.hpp"
#include "tests/bench/measured_bench.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <filesystem>

namespace bench_meter_test {

using namespace measured_bench;
using flashmotion::BenchMeter;
using flashmotion::BenchResult;

double figure(const BenchResult& result, const std::string& key) {
  for (std::size_t f = 0; f < flashmotion::kBenchFigures.size(); ++f) {
    if (flashmotion::kBenchFigures[f].key == key) return result.overall.figures[f].estimate;
  }
  FAIL("no figure " << key);
  return 0;
}

TEST_CASE("copies of the real clips reach the finder's ceiling in everything", "[bench][unit]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  const BenchResult result = measure(bench, unchanged);
  CHECK(result.clips.size() == 6);
  CHECK(result.groups.size() == 3);
  CHECK(result.frames == 9);
  for (std::size_t f = 0; f < flashmotion::kFoundFigures; ++f) {
    CAPTURE(flashmotion::kBenchFigures[f].key);
    CHECK(result.overall.figures[f].estimate == result.overall.ceiling[f]);
  }
  CHECK(figure(result, "mask_iou") > 0.8);
  CHECK(figure(result, "sharpness") == Approx(1));
  CHECK(figure(result, "flicker") == Approx(1));
  CHECK(figure(result, "colour_drift") < 1e-6);
  CHECK(std::isnan(figure(result, "seconds")));
  CHECK(result.overall.distances.at("frechet").value < 1e-6);
  REQUIRE(result.ceilings.size() == 1);
  CHECK(result.ceilings[0].mask_iou == Approx(result.overall.ceiling[0]));
}

TEST_CASE("true masks that are given score exactly 1", "[bench][unit]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  auto with = tools();
  with.finder = {"given masks", "", nullptr};
  BenchMeter meter(bench, with);
  for (const auto& one : bench.cases) {
    const auto real = flashmotion::read_case(bench, one);
    meter.add(one, 0, {.video = real.video, .masks = real.masks});
  }
  const BenchResult result = meter.result();
  CHECK(figure(result, "mask_iou") == 1.0);
  CHECK(result.overall.ceiling[0] == 1.0);
  CHECK(figure(result, "visibility") == 1.0);
}

TEST_CASE("clips that are moved or blurred are ranked by how much", "[bench][law]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  const BenchResult copy = measure(bench, unchanged), near = measure(bench, shifted(1)),
                    far = measure(bench, shifted(6));
  CHECK(figure(copy, "mask_iou") > figure(near, "mask_iou"));
  CHECK(figure(near, "mask_iou") > figure(far, "mask_iou"));
  CHECK(figure(copy, "box_iou") > figure(near, "box_iou"));
  CHECK(figure(near, "box_iou") > figure(far, "box_iou"));
  CHECK(figure(near, "centre_error") < figure(far, "centre_error"));
  CHECK(figure(near, "sharpness") == Approx(1).margin(0.2));
  const BenchResult soft = measure(bench, blurred(1)), softer = measure(bench, blurred(3));
  CHECK(figure(soft, "sharpness") < 1);
  CHECK(figure(softer, "sharpness") < figure(soft, "sharpness"));
  const auto distance = [](const BenchResult& r) { return r.overall.distances.at("frechet").value; };
  CHECK(distance(softer) > distance(soft));
  CHECK(distance(soft) > distance(copy));
}

TEST_CASE("clips of another length and size are compared at the same moments", "[bench][unit]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  const auto real = flashmotion::read_case(bench, bench.cases[0]);
  const auto part = flashmotion::open_case(bench, bench.cases[0], 5);
  REQUIRE(part.video.frames() == 5);
  const auto pictures = flashmotion::all_frames(part.video.begin()),
             masks = flashmotion::all_frames(part.masks.begin());
  for (std::int64_t f = 0; f < 5; ++f) {
    CHECK(pictures.select(2, f).equal(real.video.select(2, 2 * f)));
    CHECK(part.boxes.select(2, f).equal(real.boxes.select(2, 2 * f)));
    CHECK(masks.select(2, f).equal(real.masks.select(2, 2 * f)));
  }
  const BenchResult result = measure(bench, [](const torch::Tensor& video) {
    const auto frames = video.index_select(1, torch::tensor({0, 2, 4, 6, 8})).transpose(0, 1);
    return torch::upsample_nearest2d(frames, torch::IntArrayRef{64, 64}).transpose(0, 1).contiguous();
  });
  CHECK(result.frames == 5);
  CHECK(result.width == 64);
  CHECK(figure(result, "mask_iou") > 0.9 * result.overall.ceiling[0]);
}

TEST_CASE("seeds of a case are averaged before cases are", "[bench][unit]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  BenchMeter meter(bench, tools());
  for (const auto& one : bench.cases) {
    const torch::Tensor real = flashmotion::read_case(bench, one).video;
    meter.add(one, 0, {.video = real, .seconds = 1});
    if (one.id == bench.cases[0].id) meter.add(one, 1, {.video = real, .seconds = 7});
  }
  const BenchResult result = meter.result();
  CHECK(result.overall.cases == 6);
  CHECK(result.overall.clips == 7);
  CHECK(figure(result, "seconds") == Approx((4.0 + 5 * 1.0) / 6));
  CHECK(result.features.at("frechet")[0].generated.size(0) == 2);
  CHECK(result.features.at("frechet")[0].reference.size(0) == 1);
}

TEST_CASE("clips of several lengths are refused, and previews are written", "[bench][message]") {
  const TempFolder temp;
  const auto bench = toy(temp);
  auto with = tools();
  with.previews = temp / "previews";
  BenchMeter meter(bench, with);
  const torch::Tensor real = flashmotion::read_case(bench, bench.cases[0]).video;
  meter.add(bench.cases[0], 0, {.video = real});
  CHECK(std::filesystem::file_size(temp / "previews" / (bench.cases[0].id + ".mp4")) > 1000);
  CHECK_THROWS_WITH(meter.add(bench.cases[1], 0, {.video = real.slice(2, 0, 5)}),
                    Catch::Contains("has 5 frames, those before it 9"));
}

}  // namespace bench_meter_test
