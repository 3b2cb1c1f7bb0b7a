#pragma once

#include "flashmotion/base/stop.hpp"
#include "flashmotion/bench/bench_meter.hpp"
#include "flashmotion/bench/make_bench.hpp"
#include "flashmotion/data/toy_motion.hpp"
#include "flashmotion/metrics/object_finder.hpp"
#include "tests/support/temp_folder.hpp"

#include <torch/torch.h>

#include <functional>

// A benchmark of the toy world, and clips for it.

namespace measured_bench {

/// Two cases of each group.
inline flashmotion::Bench toy(const TempFolder& temp) {
  const flashmotion::StopFlag stop;
  return flashmotion::make_bench({.kind = flashmotion::BenchKind::toy, .out = temp / "toy", .per_group = 2, .seed = 5},
                                 stop, {.quiet = true})
      .bench;
}

inline flashmotion::BenchTools tools() {
  flashmotion::BenchTools tools;
  tools.finder = {"colours", "", flashmotion::ChromaFinder(flashmotion::ToyMotion::palette())};
  tools.extractors.push_back(flashmotion::fixed_features());
  return tools;
}

/// The real clips, changed: [3, F, H, W].
using Change = std::function<torch::Tensor(const torch::Tensor&)>;

inline flashmotion::BenchResult measure(const flashmotion::Bench& bench, const Change& change,
                                        const std::string& label = "changed", std::int64_t seeds = 1) {
  flashmotion::BenchMeter meter(bench, tools());
  for (const flashmotion::BenchCase& one : bench.cases) {
    const torch::Tensor real = flashmotion::read_case(bench, one).video[0];
    for (std::int64_t seed = 0; seed < seeds; ++seed) meter.add(one, seed, {.video = change(real).unsqueeze(0)});
  }
  flashmotion::BenchResult result = meter.result();
  result.label = label;
  result.source = "a test";
  return result;
}

/// All frames after the first moved to the right.
inline Change shifted(std::int64_t pixels) {
  return [pixels](const torch::Tensor& video) {
    torch::Tensor moved = video.clone();
    moved.slice(1, 1).copy_(torch::roll(video, pixels, 3).slice(1, 1));
    return moved;
  };
}

inline Change blurred(std::int64_t pixels) {
  return [pixels](const torch::Tensor& video) {
    const torch::Tensor frames = video.transpose(0, 1);
    const torch::Tensor soft =
        torch::avg_pool2d(torch::replication_pad2d(frames, {pixels, pixels, pixels, pixels}), 2 * pixels + 1, 1)
            .transpose(0, 1);
    return torch::cat({video.slice(1, 0, 1), soft.slice(1, 1)}, 1);
  };
}

inline torch::Tensor unchanged(const torch::Tensor& video) { return video; }

}  // namespace measured_bench
