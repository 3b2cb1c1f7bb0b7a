#include "flashmotion/metrics/detail/frame_windows.hpp"

#include "flashmotion/metrics/colour_drift.hpp"
#include "flashmotion/metrics/detail/spread.hpp"
#include "flashmotion/metrics/flicker.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "flashmotion/metrics/sharpness.hpp"
#include "tests/metrics/toy_clips.hpp"
#include "tests/support/catch.hpp"

// Long clips are measured a few frames at a time, to the same figures.

namespace frame_windows_test {

using flashmotion::metrics_detail::joined_windows;
using flashmotion::metrics_detail::kWindow;
using flashmotion::metrics_detail::summed_windows;

constexpr std::int64_t kFrames = 2 * kWindow + 3;

torch::Tensor long_clips() { return torch::rand({2, 3, kFrames, 12, 20}, torch::kFloat) * 2 - 1; }

double difference(const torch::Tensor& a, const torch::Tensor& b) { return ((a - b) / b).abs().max().item<double>(); }

TEST_CASE("windows follow each other without gaps", "[metrics][unit]") {
  const auto numbers = torch::arange(kFrames);
  const auto part = [&](std::int64_t from, std::int64_t to) {
    CHECK(to - from <= kWindow);
    return numbers.slice(0, from, to);
  };
  CHECK(joined_windows(kFrames, 0, part).equal(numbers));
  const auto sum = summed_windows(kFrames, [&](auto from, auto to) { return part(from, to).sum(); });
  CHECK(sum.equal(numbers.sum()));
}

TEST_CASE("figures of long clips are those of all frames at once", "[metrics][unit]") {
  torch::manual_seed(3);
  const auto video = long_clips(), other = long_clips();
  const auto exact = video.to(torch::kDouble);
  CHECK(difference(flashmotion::flicker(video), exact.diff(2, 2).abs().mean({1, 2, 3, 4}) / 2) < 1e-12);
  const auto later = exact.slice(2, 1);
  const auto energy = later.diff(1, 4).square().mean({1, 2, 3, 4}) + later.diff(1, 3).square().mean({1, 2, 3, 4});
  CHECK(difference(flashmotion::gradient_energy(video), energy) < 1e-12);
  const auto wander = [](const torch::Tensor& clip) {
    const auto colour = ((clip.to(torch::kDouble) + 1) / 2).mean({3, 4});
    return colour.slice(2, 1) - colour.slice(2, 0, 1);
  };
  CHECK(difference(flashmotion::colour_drift(video, other), (wander(video) - wander(other)).abs().mean({1, 2})) <
        1e-12);
}

TEST_CASE("what is found in a frame does not depend on how long its clip is", "[metrics][unit]") {
  const auto clips = toy_clips::draw(4, 2);  // of 9 frames
  const auto video = torch::cat({clips.video, clips.video.flip(2), clips.video}, 2);
  const flashmotion::ObjectFinder finders[] = {flashmotion::ChromaFinder(), flashmotion::RelativeChromaFinder(),
                                               flashmotion::HistogramFinder()};
  for (const auto& finder : finders) CHECK(finder(video, clips).slice(2, 0, 9).equal(finder(clips.video, clips)));
}

TEST_CASE("masks spread by their reach along both axes", "[metrics][unit]") {
  auto masks = torch::zeros({1, 2, 9, 12}, torch::kBool);
  masks[0][0][4][5] = true;
  const auto wide = flashmotion::metrics_detail::spread(masks, 2);
  auto expected = torch::zeros_like(masks);
  expected[0][0].slice(0, 2, 7).slice(1, 3, 8).fill_(true);
  CHECK(wide.equal(expected));
}

}  // namespace frame_windows_test
